import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import { sqlText, type SqlExpression } from './sql-expression.js'
import type { PolicyDefinition, TableExtra } from './table-extra.js'

/** Options of a row-level security policy. */
export interface PolicyOptions {
  /** The command it is for. @defaultValue 'all' */
  readonly for?: PolicyDefinition['command'] | undefined
  /** The roles it is for; `public`, `current_user` and `session_user` mean what they mean in SQL. @defaultValue public */
  readonly to?: string | readonly string[] | undefined
  /** Which rows can be seen, changed or deleted. */
  readonly using?: string | SqlExpression | undefined
  /** Which rows can be written. @defaultValue `using` */
  readonly withCheck?: string | SqlExpression | undefined
  /** `false` makes it restrictive: it must hold in addition to the others. @defaultValue true */
  readonly permissive?: boolean | undefined
  /** COMMENT ON POLICY. */
  readonly comment?: string | undefined
}

/**
 * Declares a row-level security policy, in the third parameter of `table()`. It applies once the table's option
 * `rowLevelSecurity` is on. Performs no I/O.
 *
 * @param name - Its name, unique within the table.
 * @param options - See {@link PolicyOptions}.
 * @returns The policy.
 * @throws {@link ConfigurationError} if an expression is empty or an option is unknown.
 * @example
 * ```ts
 * import { policy, table, text } from 'async-database'
 *
 * export const orders = table(
 *   'orders',
 *   { tenant: text().notNull() },
 *   () => [policy('own_tenant', { using: "tenant = current_setting('app.tenant_id')" })],
 *   { rowLevelSecurity: 'force' },
 * )
 * ```
 */
export function policy(name: string, options: PolicyOptions = {}): TableExtra {
  const known = ['for', 'to', 'using', 'withCheck', 'permissive', 'comment']
  refuseUnknownKeys(options, known, `The policy ${JSON.stringify(name)}`)
  const { to = [] } = options
  const def: PolicyDefinition = {
    kind: 'policy',
    name,
    command: options.for ?? 'all',
    permissive: options.permissive ?? true,
    roles: typeof to === 'string' ? [to] : [...to],
    using: options.using === undefined ? undefined : sqlText(options.using),
    withCheck: options.withCheck === undefined ? undefined : sqlText(options.withCheck),
    comment: options.comment,
  }
  return Object.freeze({ def: Object.freeze(def) })
}
