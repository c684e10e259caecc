import type { CheckDefinition, CheckOptions } from './column-definition.js'
import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import { sqlText, type SqlExpression } from './sql-expression.js'
import type { TableExtra } from './table-extra.js'

/**
 * Declares a check over several columns, in the third parameter of `table()`. Performs no I/O.
 *
 * @param expression - SQL text or a `sql` template; rows for which it is false are refused.
 * @param options - The constraint's name, or all its options.
 * @returns The check.
 * @throws {@link ConfigurationError} if the expression is empty or an option is unknown.
 * @example
 * ```ts
 * import { check, date, table } from 'async-database'
 *
 * export const stays = table('stays', { arrival: date(), departure: date() }, () => [
 *   check('arrival < departure', 'stays_in_order'),
 * ])
 * ```
 */
export function check(expression: string | SqlExpression, options: string | CheckOptions = {}): TableExtra {
  return Object.freeze({ def: checkDefinition(expression, options) })
}

/**
 * Reads a check, of a column or of a table. Pure.
 *
 * @param expression - SQL text or a `sql` template.
 * @param options - The constraint's name, or all its options.
 * @returns What it was declared with.
 * @throws {@link ConfigurationError} if the expression is empty or an option is unknown.
 * @internal
 */
export function checkDefinition(
  expression: string | SqlExpression,
  options: string | CheckOptions,
): CheckDefinition {
  const more = typeof options === 'string' ? { name: options } : options
  refuseUnknownKeys(more, ['name', 'noInherit', 'notValid', 'enforced', 'comment'], 'A check')
  return Object.freeze({ ...more, kind: 'check', expression: sqlText(expression) })
}
