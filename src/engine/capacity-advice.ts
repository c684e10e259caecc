import type { ResolvedOptions } from '../config/async-database-options.js'
import { statement } from '../postgres/statement.js'
import type { Lease } from './lease.js'

/** What the server has, and what others with our name take of it. */
export interface ServerCapacity {
  /** `max_connections`. */
  readonly most: number
  /** `superuser_reserved_connections`, and `reserved_connections` where there is such a setting. */
  readonly reserved: number
  /** Connections with the same application name, but for the one that asks. */
  readonly sameName: number
}

const ASK_CAPACITY = statement(
  `/* async-database */ select pg_catalog.current_setting('max_connections')::int as most,
  pg_catalog.current_setting('superuser_reserved_connections')::int
    + coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) as reserved,
  (select count(*)::int from pg_catalog.pg_stat_activity
    where application_name = pg_catalog.current_setting('application_name')
      and pid <> pg_catalog.pg_backend_pid()) as "sameName"`,
  [],
)

/** Asks the server, in one round trip. `undefined` if it does not tell; what went wrong is not worth an error. */
export async function askCapacity(lease: Lease): Promise<ServerCapacity | undefined> {
  return await new Promise((resolve) => {
    lease.send([ASK_CAPACITY], ({ outcomes: [outcome] }) => {
      const rows = outcome !== undefined && 'rows' in outcome ? outcome.rows : []
      resolve(rows[0] as ServerCapacity | undefined)
    })
  })
}

/**
 * Warns, with the arithmetic, of a pool that needs more connections than the server has. Pure.
 *
 * @param options - The pool and its name.
 * @param capacity - What the server has.
 * @param ownOthers - This pool's connections, but for the one that asked.
 * @returns The words of the warning; `undefined` when there is none to give.
 * @internal
 */
export function capacityAdvice(
  { pool, connection }: Pick<ResolvedOptions, 'pool' | 'connection'>,
  { most, reserved, sameName }: ServerCapacity,
  ownOthers: number,
): string | undefined {
  const { size, maxOverflow, instances } = pool
  const own = size + maxOverflow
  const others = Math.max(0, sameName - ownOthers)
  const needed = instances > 0 ? own * instances : own + others
  const available = most - reserved
  if (needed <= available) return undefined
  const sum =
    instances > 0
      ? `(size ${size} + maxOverflow ${maxOverflow}) × ${instances} instances = ${needed}`
      : `size ${size} + maxOverflow ${maxOverflow} + ${others} that others named ${connection.applicationName} have now = ${needed}`
  return `the pool may need more connections than the server has: ${sum}, and there are ${available} (max_connections ${most}, ${reserved} of them reserved); lower pool.size or raise max_connections`
}
