import { sql, type Kysely, type QueryExecutorProvider, type QueryResult } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { TestTables } from '../integration/session/open-database.js'
import { failureOf } from '../integration/session/failure-of.js'
import { cloneDatabase } from '../support/clone-database.js'
import { kyselyHasAbortOptions } from './kysely-has-abort-options.js'
import { subjects, type Subject } from './subjects.js'

const cloned = cloneDatabase()

/** What 0.29 added to the methods that run a query; described here, for 0.28 does not have it. */
interface AbortOptions {
  readonly signal?: AbortSignal
}
interface Abortable<R> {
  execute(options?: AbortOptions): Promise<R>
}
interface AbortableTemplate {
  execute(queries: QueryExecutorProvider, options?: AbortOptions): Promise<QueryResult<unknown>>
}

const accounts = (queries: Kysely<TestTables>) =>
  queries.selectFrom('account').select('id').where('id', '=', 1) as unknown as Abortable<{ id: number }[]>

/** Runs until the test opens the lock. */
const blocked = (queries: Kysely<TestTables>, options: AbortOptions) =>
  (sql`select pg_advisory_xact_lock_shared(77)` as unknown as AbortableTemplate).execute(queries, options)

async function untilBlocked(): Promise<void> {
  const isBlocked = async (): Promise<boolean> =>
    (await cloned.backends()).some(
      ({ state, query }) => state === 'active' && query.includes('pg_advisory_xact_lock_shared'),
    )
  await expect.poll(isBlocked).toBe(true)
}

describe.runIf(kyselyHasAbortOptions())('Kysely’s abort options', () => {
  describe.each(subjects)('on $name', ({ use }: Subject) => {
    it('change nothing where nobody aborts', async () => {
      const { signal } = new AbortController()
      expect(await use(cloned.url, (queries) => accounts(queries).execute({ signal }))).toEqual([{ id: 1 }])
    })

    it('refuse to begin what was aborted before, and leave the rest usable', async () => {
      await use(cloned.url, async (queries) => {
        const reason = new Error('nobody waits any more')
        expect(await failureOf(accounts(queries).execute({ signal: AbortSignal.abort(reason) }))).toBe(reason)
        expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
      })
    })

    it('end the wait for a statement that runs, with the reason; what comes next is answered', async () => {
      await use(cloned.url, async (queries) => {
        const controller = new AbortController()
        const reason = new Error('nobody waits any more')
        await cloned.query('select pg_advisory_lock(77)')
        const running = failureOf(blocked(queries, { signal: controller.signal }))
        await untilBlocked().finally(() => {
          controller.abort(reason)
        })
        expect(await running).toBe(reason)
        await cloned.query('select pg_advisory_unlock(77)')
        expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
      })
    })

    it('end the wait for a connection, with the reason', async () => {
      await use(cloned.url, async (queries) => {
        const holders = [1, 2].map(() => sql`select pg_sleep(1)`.execute(queries))
        const controller = new AbortController()
        const reason = new Error('nobody waits any more')
        const waiting = failureOf(accounts(queries).execute({ signal: controller.signal }))
        setImmediate(() => controller.abort(reason))
        expect(await waiting).toBe(reason)
        await Promise.all(holders)
        expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
      })
    })
  })
})
