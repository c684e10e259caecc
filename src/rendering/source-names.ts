/** Words that can't be the name of a constant in a module. */
const RESERVED: readonly string[] = [
  ...[
    'arguments',
    'as',
    'async',
    'await',
    'break',
    'case',
    'catch',
    'class',
    'const',
    'continue',
    'debugger',
  ],
  ...[
    'default',
    'delete',
    'do',
    'else',
    'enum',
    'eval',
    'export',
    'extends',
    'false',
    'finally',
    'for',
    'from',
  ],
  ...[
    'function',
    'get',
    'if',
    'implements',
    'import',
    'in',
    'instanceof',
    'interface',
    'let',
    'new',
    'null',
    'of',
  ],
  ...[
    'package',
    'private',
    'protected',
    'public',
    'return',
    'set',
    'static',
    'super',
    'switch',
    'this',
    'throw',
  ],
  ...['true', 'try', 'typeof', 'undefined', 'var', 'void', 'while', 'with', 'yield', 'NaN', 'Infinity'],
  // What the rendered modules themselves declare and use.
  ...[
    'tables',
    'metadata',
    'DB',
    'sql',
    't',
    'name',
    'column',
    'Metadata',
    'objects',
    'sequences',
    'extensions',
    'related',
    'Object',
    'Array',
    'Date',
  ],
]

/** Gives every declaration a name that TypeScript takes, that no import has, and that stays the same from run to run. */
export class SourceNames {
  readonly #taken: Set<string>

  /** @param imported - The names of everything that declarations may import. */
  constructor(imported: Iterable<string>) {
    this.#taken = new Set([...RESERVED, ...imported])
  }

  /**
   * Takes a name.
   *
   * @param name - As the database has it.
   * @param suffix - What makes it different when it is taken, such as `Table`.
   * @returns The name in camel case, perhaps with the suffix and a number.
   */
  take(name: string, suffix: string): string {
    const base = camelCase(name)
    for (let attempt = 0; ; attempt++) {
      const candidate =
        [base, base + suffix, `${base}${suffix}${String(attempt)}`][Math.min(attempt, 2)] ?? base
      if (this.#taken.has(candidate)) continue
      this.#taken.add(candidate)
      return candidate
    }
  }
}

/** `film_actor` -> `filmActor`; what can't be part of a name is left out. */
function camelCase(name: string): string {
  const words = name.normalize('NFC').match(/[\p{ID_Continue}$]+/gu) ?? []
  const parts = words.flatMap((word) => word.split('_')).filter((part) => part !== '')
  const [first = '', ...rest] = parts
  const head = first === first.toUpperCase() ? first.toLowerCase() : lowerFirst(first)
  const joined = head + rest.map((part) => upperFirst(part)).join('')
  return /^[\p{ID_Start}_$]/u.test(joined) ? joined : `_${joined}`
}

function lowerFirst(word: string): string {
  const [first = ''] = word
  return first.toLowerCase() + word.slice(first.length)
}

function upperFirst(word: string): string {
  const [first = ''] = word
  return first.toUpperCase() + word.slice(first.length)
}
