/** An identifier met in SQL text. */
export interface SqlWord {
  /** As the catalogs would hold it: folded to lower case unless it was quoted. */
  readonly name: string
  /** The identifier before the dot, if there is one. */
  readonly qualifier: string | undefined
  /** Whether a parenthesis follows, as after the name of a function. */
  readonly isCall: boolean
}

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
  for (const match of sql.matchAll(TOKEN)) {
    const { quoted, word } = match.groups as { readonly quoted?: string; readonly word?: string }
    const name = quoted?.replaceAll('""', '"') ?? (word === undefined ? undefined : foldCase(word))
    if (name === undefined) continue
    const end = match.index + match[0].length
    const isQualified = sql.slice(previousEnd, match.index).trim() === '.'
    words.push({
      name,
      qualifier: isQualified ? words.at(-1)?.name : undefined,
      isCall: /^\s*\(/.test(sql.slice(end, end + 20)),
    })
    previousEnd = end
  }
  return words
}

/** PostgreSQL folds ASCII letters only, in multi-byte encodings. */
function foldCase(word: string): string {
  return word.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
