import type { NameReference } from '../metadata/name-reference.js'
import type { StorageParameters } from '../metadata/table-extra.js'

/** A bare or quoted identifier, as the server prints it. */
const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)`
const QUALIFIED = `${NAME}(?:\\.${NAME})?`

const KEY_TAIL = new RegExp(
  `^(?: COLLATE (?<collation>${QUALIFIED}))?(?: (?<operatorClass>${QUALIFIED})(?: ?\\((?<parameters>.*)\\))?)?` +
    '(?: (?<order>DESC))?(?: NULLS (?<nulls>FIRST|LAST))?$',
)
const LEADING_NAME = new RegExp(`^${NAME}(?![\\w.(])`)

/** What may follow the column or expression of an index or partition key. */
export interface KeyTail {
  readonly collation: NameReference | undefined
  readonly operatorClass: NameReference | undefined
  readonly operatorClassParameters: StorageParameters | undefined
  readonly order: 'desc' | undefined
  readonly nulls: 'first' | 'last' | undefined
}

/**
 * Reads what follows a key in what the server prints: collation, operator class and order. Pure.
 *
 * @param text - Such as ` COLLATE "C" text_pattern_ops DESC NULLS LAST`; empty when all is the default.
 * @returns Its parts; undefined if it is nothing of the kind.
 * @internal
 */
export function keyTail(text: string): KeyTail | undefined {
  const match = KEY_TAIL.exec(text)
  if (match === null) return undefined
  const groups: Readonly<Record<string, string | undefined>> = match.groups ?? {}
  const { collation, operatorClass, parameters, order, nulls } = groups
  return {
    collation: collation === undefined ? undefined : unquotedName(collation),
    operatorClass: operatorClass === undefined ? undefined : unquotedName(operatorClass),
    operatorClassParameters:
      parameters === undefined
        ? undefined
        : storageParameters(splitList(parameters).map((item) => item.replace(/='((?:[^']|'')*)'$/, '=$1'))),
    order: order === undefined ? undefined : 'desc',
    nulls: nulls === undefined ? undefined : nulls === 'FIRST' ? 'first' : 'last',
  }
}

/**
 * Splits one printed partition key into what it is over and what follows. Pure.
 *
 * @param text - Such as `lower(email) COLLATE "C"`.
 * @returns Both parts.
 * @internal
 */
export function splitKey(text: string): { readonly head: string; readonly tail: string } {
  const name = LEADING_NAME.exec(text)?.[0]
  const end = name?.length ?? closingParenthesis(text) + 1
  return { head: text.slice(0, end), tail: text.slice(end) }
}

/**
 * The list in the first parentheses of printed SQL. Pure.
 *
 * @param sql - Such as `CREATE INDEX … USING btree (a, lower(b)) WHERE …`.
 * @returns `a` and `lower(b)`.
 * @internal
 */
export function firstList(sql: string): readonly string[] {
  const start = [...plainParts(sql)].find(({ character }) => character === '(')?.position ?? sql.length
  const rest = sql.slice(start)
  return splitList(rest.slice(1, closingParenthesis(rest)))
}

/**
 * Splits at the commas that are outside parentheses, brackets and quotes. Pure.
 *
 * @param list - Printed SQL.
 * @returns The items, without blanks around them.
 * @internal
 */
function splitList(list: string): readonly string[] {
  const items: string[] = []
  let depth = 0
  let start = 0
  for (const { character, position } of plainParts(list)) {
    if ('(['.includes(character)) depth++
    else if (')]'.includes(character)) depth--
    else if (character === ',' && depth === 0) {
      items.push(list.slice(start, position).trim())
      start = position + 1
    }
  }
  const last = list.slice(start).trim()
  return last === '' ? items : [...items, last]
}

/**
 * Takes away parentheses around a whole expression: the DDL puts its own there. Pure.
 *
 * @param expression - Printed SQL.
 * @returns The expression without them.
 * @internal
 */
export function withoutParentheses(expression: string): string {
  const isWrapped = expression.startsWith('(') && closingParenthesis(expression) === expression.length - 1
  return isWrapped ? expression.slice(1, -1) : expression
}

/**
 * Reads storage parameters. Pure.
 *
 * @param options - As reloptions holds them: `fillfactor=70`.
 * @returns Them by name, numbers and booleans as such.
 * @internal
 */
export function storageParameters(options: readonly string[]): StorageParameters {
  return Object.fromEntries(
    options.map((option) => {
      const at = option.indexOf('=')
      return [option.slice(0, at), parameterValue(option.slice(at + 1))]
    }),
  )
}

function parameterValue(text: string): boolean | number | string {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?\d+(\.\d+)?$/.test(text) && String(Number(text)) === text ? Number(text) : text
}

/**
 * Reads a name that the server printed, quoted or not. Pure.
 *
 * @param text - Such as `public."My Type"`.
 * @returns Its parts as the catalogs hold them.
 * @internal
 */
function unquotedName(text: string): NameReference {
  const parts = [...text.matchAll(new RegExp(NAME, 'g'))].map(([part]) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  )
  return { schema: parts.length > 1 ? parts[0] : undefined, name: parts.at(-1) ?? text }
}

/** Where the parenthesis that closes the first one is; -1 if there is none. */
function closingParenthesis(sql: string): number {
  let depth = 0
  for (const { character, position } of plainParts(sql)) {
    if (character === '(') depth++
    else if (character === ')' && --depth === 0) return position
  }
  return -1
}

/** Strings, quoted names and everything else, one character at a time. The server prints no comments and no dollar quotes in expressions. */
const PART = /(?<![\w$])E'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|[\s\S]/gu

function* plainParts(sql: string): Generator<{ readonly character: string; readonly position: number }> {
  for (const match of sql.matchAll(PART)) {
    if (match[0].length <= 2) yield { character: match[0], position: match.index }
  }
}
