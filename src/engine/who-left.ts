import type { LeftBehind } from './find-left-state.js'

/** Statements that leave nothing outside their transaction. */
const HARMLESS = /^\s*(?:begin|commit|rollback|savepoint|release)\b/i
/** What a text does not show is done by a function: called, or behind a trigger. */
const CALL = /\w\s*\(|^\s*(?:do|call)\b/i

/**
 * Which of a session's statements may have left something behind: those that name it, else those that call a function,
 * else all. Pure.
 *
 * @param left - What was found.
 * @param texts - The statements, in the order in which they ran.
 * @internal
 */
export function whoLeft(left: readonly LeftBehind[], texts: readonly string[]): readonly string[] {
  const candidates = [...new Set(texts)].filter((text) => !HARMLESS.test(text))
  const names = left.map(({ name }) => name.toLowerCase()).filter((name) => name !== '')
  const naming = candidates.filter((text) => names.some((name) => text.toLowerCase().includes(name)))
  if (naming.length > 0) return naming
  const calling = candidates.filter((text) => CALL.test(text))
  return calling.length > 0 ? calling : candidates
}
