/** TypeScript source as far as declarations need it: what is printed flat or, where it does not fit, as prettier breaks it. */
export type SourceNode =
  | { readonly kind: 'arrow'; readonly parameters: string; readonly body: SourceNode }
  | { readonly kind: 'call'; readonly callee: string; readonly parameters: readonly SourceNode[] }
  | { readonly kind: 'chain'; readonly calls: readonly CallNode[] }
  | { readonly kind: 'list'; readonly items: readonly SourceNode[]; readonly isConst: boolean }
  | { readonly kind: 'object'; readonly entries: readonly ObjectEntry[]; readonly isSpread: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'text'; readonly text: string; readonly isSimple: boolean }

/** A call. */
export type CallNode = Extract<SourceNode, { kind: 'call' }>

/** One property; a shorthand where the value is a name equal to the key. */
export interface ObjectEntry {
  readonly key: string
  readonly value: SourceNode
}

/** Source that is written as it is: a name, a number. @internal */
export function text(source: string, isSimple = true): SourceNode {
  return { kind: 'text', text: source, isSimple }
}

/** A string. @internal */
export function string(value: string): SourceNode {
  return { kind: 'string', value }
}

/** A call. @internal */
export function call(callee: string, ...parameters: readonly (SourceNode | undefined)[]): CallNode {
  return { kind: 'call', callee, parameters: parameters.filter((node) => node !== undefined) }
}

/** One call, or several in a chain. @internal */
export function chain(calls: readonly CallNode[]): SourceNode {
  const [first] = calls
  return calls.length === 1 && first !== undefined ? first : { kind: 'chain', calls }
}

/** `[a, b]`. @internal */
export function list(items: readonly SourceNode[]): SourceNode {
  return { kind: 'list', items, isConst: false }
}

/** `[a, b] as const`. @internal */
export function constList(items: readonly SourceNode[]): SourceNode {
  return { kind: 'list', items, isConst: true }
}

/** `(t) => body`. @internal */
export function arrow(parameters: string, body: SourceNode): SourceNode {
  return { kind: 'arrow', parameters, body }
}

/** `{ key: value }` of the values that are there; undefined when none is. @internal */
export function optionsObject(
  values: Readonly<Record<string, SourceNode | undefined>>,
): SourceNode | undefined {
  const entries = Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  )
  return entries.length === 0 ? undefined : { kind: 'object', entries, isSpread: false }
}

/** An object with each property on a line of its own. @internal */
export function spreadObject(entries: readonly ObjectEntry[]): SourceNode {
  return { kind: 'object', entries, isSpread: entries.length > 0 }
}

/** A value as a literal: string, number, bigint, boolean. @internal */
export function literal(value: bigint | boolean | number | string): SourceNode {
  if (typeof value === 'string') return string(value)
  return text(typeof value === 'bigint' ? bigintSource(value) : String(value))
}

function bigintSource(value: bigint): string {
  const isSafe = value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER)
  return isSafe ? String(value) : `${String(value)}n`
}

/** `literal(value)`, or nothing for what is not there. @internal */
export function optional(value: bigint | boolean | number | string | undefined): SourceNode | undefined {
  return value === undefined ? undefined : literal(value)
}

/** `true`, or nothing. @internal */
export function flag(value: boolean): SourceNode | undefined {
  return value ? text('true') : undefined
}

/**
 * Text as the inside of a template literal. Pure.
 *
 * @param value - Any text.
 * @returns Source that gives the text.
 * @internal
 */
export function templateText(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('`', '\\`')
    .replaceAll('${', '\\${')
    .replaceAll('\r', '\\r')
}

/** SQL as the value of an option: a template where it has lines of its own, else a string. @internal */
export function sqlSource(sql: string): SourceNode {
  return sql.includes('\n') ? text(`\`${templateText(sql)}\``, false) : string(sql)
}

/** SQL as Kysely's `sql` template. @internal */
export function sqlTemplate(sql: string): SourceNode {
  return text(`sql\`${templateText(sql)}\``, false)
}

const PLAIN_KEY = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** A property's key in an object literal. @internal */
export function keySource(key: string): string {
  // Unquoted and quoted, this key would set the object's prototype.
  if (key === '__proto__') return `['__proto__']`
  return PLAIN_KEY.test(key) ? key : quoted(key)
}

/** `object.key` or `object['odd key']`. @internal */
export function memberSource(object: string, key: string): string {
  return PLAIN_KEY.test(key) ? `${object}.${key}` : `${object}[${quoted(key)}]`
}

/** A string in the quotes that need fewer escapes. @internal */
export function quoted(value: string): string {
  const quote = value.split("'").length > value.split('"').length ? '"' : "'"
  const escaped = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"')
  return quote + escaped.replaceAll(quote, `\\${quote}`) + quote
}
