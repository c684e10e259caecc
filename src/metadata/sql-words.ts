/** An identifier met in SQL text. */
export interface SqlWord {
  /** As the catalogs would hold it: folded to lower case unless it was quoted. */
  readonly name: string
  /** The identifier before the dot, if there is one. */
  readonly qualifier: string | undefined
  /** Whether a parenthesis follows, as after the name of a function. */
  readonly isCall: boolean
  /** Whether it stands where a table is named: after FROM, JOIN or the like, or in their list. */
  readonly isRelation: boolean
  /** Whether it is given here to a common table expression: `WITH name AS (…)`. */
  readonly isCommonTable: boolean
}

/** A table's name follows. */
const BEFORE_RELATION: readonly string[] = ['from', 'join', 'into', 'lateral', 'only', 'table', 'update']

/** With these a list of tables ends. */
const AFTER_RELATIONS: readonly string[] = [
  ...['select', 'where', 'group', 'having', 'window', 'order', 'limit', 'offset', 'fetch', 'for'],
  ...['union', 'intersect', 'except', 'returning', 'set', 'values', 'on', 'using', 'when'],
]

/**
 * Comments, strings ('…' and E'…', $tag$…$tag$), numbers, quoted identifiers and words, in this order of precedence. `U&"…"` and
 * nested comments are read as if they were plain, which can only add or lose a word.
 */
const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|\$(?<tag>[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\k<tag>\$|\d[\w.]*|"(?<quoted>(?:[^"]|"")+)"|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/gu

/**
 * Lists the identifiers and keywords in SQL text, outside strings, function bodies and comments. Pure.
 *
 * @param sql - SQL text.
 * @returns Each word once for every time it occurs.
 * @internal
 * @see PostgreSQL manual, "Lexical Structure"
 */
export function sqlWords(sql: string): readonly SqlWord[] {
  const words: SqlWord[] = []
  let previousEnd = 0
  let isInRelations = false
  for (const match of sql.matchAll(TOKEN)) {
    const { quoted, word } = match.groups as { readonly quoted?: string; readonly word?: string }
    const name = quoted?.replaceAll('""', '"') ?? (word === undefined ? undefined : foldCase(word))
    if (name === undefined) continue
    const end = match.index + match[0].length
    const between = sql.slice(previousEnd, match.index).trim()
    const previous = words.at(-1)
    const isQualified = between === '.'
    const isPlain = quoted === undefined && !isQualified
    const begins = isPlain && BEFORE_RELATION.includes(name)
    const ends = isPlain && AFTER_RELATIONS.includes(name)
    const isListed = isInRelations && (between.endsWith(',') || /^[\s(]*$/.test(between))
    const isAfterKeyword = previous !== undefined && BEFORE_RELATION.includes(previous.name)
    words.push({
      name,
      qualifier: isQualified ? previous?.name : undefined,
      isCall: /^\s*\(/.test(sql.slice(end, end + 20)),
      isRelation: isQualified
        ? (previous?.isRelation ?? false)
        : !begins && !ends && isListed && (isAfterKeyword || between.endsWith(',')),
      isCommonTable: /^\s*(?:\([^()]*\)\s*)?as\s+(?:(?:not\s+)?materialized\s*)?\(/i.test(
        sql.slice(end, end + 2000),
      ),
    })
    isInRelations = begins || (isInRelations && !ends)
    previousEnd = end
  }
  return words
}

/** PostgreSQL folds ASCII letters only, in multi-byte encodings. */
function foldCase(word: string): string {
  return word.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
