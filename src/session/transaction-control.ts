/** ROLLBACK TO a savepoint ends nothing. */
const TRANSACTION_CONTROL =
  /^(?:begin|start\s+transaction|commit|end|abort|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b)|prepare\s+transaction)\b/i

/**
 * Whether a statement would begin or end a transaction by itself. What stood behind it in line would then run, and
 * stay, outside the session's transaction (I-GATE).
 *
 * @internal
 */
export function isTransactionControl(text: string): boolean {
  return TRANSACTION_CONTROL.test(withoutLeadingBlanks(text))
}

/** Skips white space, semicolons and comments; PostgreSQL's block comments nest. */
function withoutLeadingBlanks(text: string): string {
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
