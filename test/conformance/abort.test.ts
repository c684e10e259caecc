import { sql, type Kysely, type QueryExecutorProvider, type QueryResult } from 'kysely'
import { describe, expect, it } from 'vitest'
import { Session } from '../../src/session/session.js'
import type { TestTables } from '../integration/session/open-database.js'
import { failureOf, outcomeOf } from '../integration/session/failure-of.js'
import { cloneDatabase } from '../support/clone-database.js'
import { kyselyHasAbortOptions } from './kysely-has-abort-options.js'
import { isPooled } from '../support/via.js'
import { subjects, reference, type Subject } from './subjects.js'

const cloned = cloneDatabase()

/** What 0.29 added to the methods that run a query; described here, for 0.28 does not have it. */
interface AbortOptions {
  readonly signal?: AbortSignal
  readonly inflightQueryAbortStrategy?: 'ignore query' | 'cancel query' | 'kill session'
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

/** The process that waits for the lock, if any does. */
async function blockedProcess(): Promise<number | undefined> {
  const backends = await cloned.backends()
  return backends.find(
    ({ state, query }) => state === 'active' && query.includes('pg_advisory_xact_lock_shared'),
  )?.pid
}

async function untilBlocked(): Promise<void> {
  await expect.poll(blockedProcess).toBeDefined()
}

/** Runs what waits for a lock, and aborts that in a given way, once it waits. Gives the process that ran it. */
async function abortBlocked(
  queries: Kysely<TestTables>,
  inflightQueryAbortStrategy: 'cancel query' | 'kill session',
): Promise<number | undefined> {
  const controller = new AbortController()
  const reason = new Error('nobody waits any more')
  const { signal } = controller
  await cloned.query('select pg_advisory_lock(77)')
  try {
    const running = failureOf(blocked(queries, { signal, inflightQueryAbortStrategy }))
    await untilBlocked().catch(() => undefined)
    const pid = await blockedProcess()
    controller.abort(reason)
    expect(await running).toBe(reason)
    // Nobody has opened the lock: only what was stopped does not wait for it.
    await expect.poll(blockedProcess).toBeUndefined()
    return pid
  } finally {
    await cloned.query('select pg_advisory_unlock(77)')
  }
}

/** What a session, which has one transaction, needs after a failure. */
async function revive(queries: Kysely<TestTables>): Promise<void> {
  if (queries instanceof Session) await queries.rollback()
}

describe.runIf(kyselyHasAbortOptions())('Kysely’s abort options', () => {
  describe.each(subjects)('on $name', (subject: Subject) => {
    const { use, transactions } = subject
    const isReference = subject === reference
    // It asks the server to stop a process by its number, and has from a pooler another one.
    const isBlind = isReference && isPooled

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

    it.skipIf(isBlind)("stop the statement on the server with 'cancel query'", async () => {
      await use(cloned.url, async (queries) => {
        await abortBlocked(queries, 'cancel query')
        await revive(queries)
        expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
      })
    })

    it.skipIf(isBlind || transactions === 'refused')(
      "abort with 'cancel query' only the innermost transaction of Kysely’s",
      async () => {
        await use(cloned.url, async (queries) => {
          const work = async (inner: Kysely<TestTables>): Promise<void> => {
            await abortBlocked(inner, 'cancel query')
            throw new Error('the work failed with it')
          }
          const failure = await failureOf(queries.transaction().execute(work))
          expect(failure).toMatchObject({ message: 'the work failed with it' })
          expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
        })
      },
    )

    // Kysely's own pool has no listener for the end of a connection that is lent: it ends the process (E1B).
    it.skipIf(isReference)("end the server's process with 'kill session'", async () => {
      await use(cloned.url, async (queries) => {
        const killed = await abortBlocked(queries, 'kill session')
        await revive(queries)
        expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
        if (!isPooled) expect((await cloned.backends()).map(({ pid }) => pid)).not.toContain(killed)
      })
    })

    // Kysely's own asks for the end of whatever the process runs by then.
    it.skipIf(isReference)("hit with 'cancel query' nothing that runs afterwards", async () => {
      await use(cloned.url, async (queries) => {
        for (let round = 0; round < 40; round++) {
          const controller = new AbortController()
          const options = { signal: controller.signal, inflightQueryAbortStrategy: 'cancel query' } as const
          const sleep = sql`select pg_sleep(0.002)` as unknown as AbortableTemplate
          const running = outcomeOf(sleep.execute(queries, options))
          setTimeout(() => controller.abort(), round % 8)
          await running
          await revive(queries)
          expect(await accounts(queries).execute()).toEqual([{ id: 1 }])
        }
      })
    })
  })
})
