/** Skips white space, semicolons and comments; PostgreSQL's block comments nest. @internal */
export function withoutLeadingBlanks(text: string): string {
  let at = 0
  for (;;) {
    if (/[\s;]/.test(text.charAt(at))) at++
    else if (text.startsWith('--', at)) at = endOfLine(text, at)
    else if (text.startsWith('/*', at)) at = endOfBlockComment(text, at)
    else return at === 0 ? text : text.slice(at)
  }
}

function endOfLine(text: string, start: number): number {
  const newline = text.slice(start).search(/[\r\n]/)
  return newline === -1 ? text.length : start + newline
}

function endOfBlockComment(text: string, start: number): number {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text.startsWith('/*', at)) depth++
    else if (text.startsWith('*/', at)) depth--
    else continue
    at++
    if (depth === 0) return at + 1
  }
  return text.length
}
