/** Every builder that declarations import from the package. Interfaces are marked as types. */
export const IMPORTABLE: readonly string[] = [
  ...[
    'bigint',
    'bigintNumber',
    'bigintString',
    'bigserial',
    'doublePrecision',
    'integer',
    'money',
    'numeric',
    'oid',
  ],
  ...[
    'real',
    'serial',
    'smallint',
    'smallserial',
    'bit',
    'char',
    'cidr',
    'citext',
    'inet',
    'macaddr',
    'macaddr8',
  ],
  ...['name', 'text', 'tsquery', 'tsvector', 'uuid', 'varbit', 'varchar', 'xml', 'date', 'interval', 'time'],
  ...[
    'timestamp',
    'timestamptz',
    'timetz',
    'boolean',
    'bytea',
    'json',
    'jsonb',
    'type',
    'point',
    'circle',
    'line',
  ],
  ...[
    'lseg',
    'box',
    'path',
    'polygon',
    'int4range',
    'int8range',
    'numrange',
    'tsrange',
    'tstzrange',
    'daterange',
  ],
  ...[
    'int4multirange',
    'int8multirange',
    'nummultirange',
    'tsmultirange',
    'tstzmultirange',
    'datemultirange',
  ],
  ...['internalChar', 'jsonpath', 'pgLsn', 'pgSnapshot', 'xid8', 'regclass', 'regtype', 'regprocedure'],
  ...[
    'table',
    'view',
    'materializedView',
    'enumType',
    'domain',
    'sequence',
    'extension',
    'sqlObject',
    'index',
  ],
  ...[
    'unique',
    'primaryKey',
    'foreignKey',
    'check',
    'exclude',
    'policy',
    'partition',
    'partitionBy',
    'relations',
    'Metadata',
  ],
  'InferDatabase',
]

/** Names that a rendered module gets from Kysely. */
const FROM_KYSELY: readonly string[] = ['sql']
const TYPES: readonly string[] = ['InferDatabase']
const WIDTH = 110

/** One file being rendered: its declarations in order, and the names that they use. */
export class SourceModule {
  readonly file: string
  readonly #names = new Set<string>()
  readonly #sources: string[] = []
  readonly #used = new Set<string>()

  constructor(file: string) {
    this.file = file
  }

  /**
   * Adds a declaration.
   *
   * @param name - What it declares.
   * @param source - The whole statement.
   * @param used - Names that it mentions.
   */
  declare(name: string, source: string, used: ReadonlySet<string>): void {
    this.#names.add(name)
    this.#sources.push(source)
    for (const other of used) this.#used.add(other)
  }

  /** The file's text: imports, then the declarations. */
  source(modules: readonly SourceModule[], packageName: string): string {
    const wanted = [...this.#used].filter((name) => !this.#names.has(name))
    const imports = [
      importLine(
        wanted.filter((name) => IMPORTABLE.includes(name)),
        packageName,
      ),
      importLine(
        wanted.filter((name) => FROM_KYSELY.includes(name)),
        'kysely',
      ),
      ...modules
        .filter((other) => other !== this)
        .map((other) =>
          importLine(
            wanted.filter((name) => other.#names.has(name)),
            `./${other.file.replace(/ts$/, 'js')}`,
          ),
        ),
    ]
    const lines = imports.filter((line) => line !== '')
    return `${[lines.join('\n'), ...this.#sources].filter((part) => part !== '').join('\n\n')}\n`
  }
}

function importLine(names: readonly string[], from: string): string {
  if (names.length === 0) return ''
  const sorted = names.toSorted((left, right) => (left < right ? -1 : 1))
  const items = sorted.map((name) => (TYPES.includes(name) ? `type ${name}` : name))
  const line = `import { ${items.join(', ')} } from '${from}'`
  return line.length <= WIDTH
    ? line
    : `import {\n${items.map((item) => `  ${item},\n`).join('')}} from '${from}'`
}
