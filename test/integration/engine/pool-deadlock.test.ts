import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { PoolOptions } from '../../../src/config/pool-options.js'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { PoolDeadlockError, PoolTimeoutError } from '../../../src/errors/operational-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'

const database = cloneDatabase()

interface DB {
  account: { id: number; balance: number }
}

/** Long enough to be sure that whoever is refused earlier was not refused for lack of time. */
const ACQUIRE_MILLIS = 10_000

function open(pool: PoolOptions): AsyncDatabase<DB> {
  const opened = new AsyncDatabase<DB>({
    url: database.url,
    pool: { maxOverflow: 0, acquireTimeoutMillis: ACQUIRE_MILLIS, ...pool },
  })
  onTestFinished(async () => {
    await opened.close({ graceMillis: 0 })
  })
  return opened
}

async function read(session: Session<DB>): Promise<unknown> {
  return await session.selectFrom('account').select('id').where('id', '=', 1).execute()
}

/** Opens a transaction inside the work of another one. */
async function nest(on: AsyncDatabase<DB>): Promise<unknown> {
  return await on.begin(async (outer) => {
    await read(outer)
    await on.begin(read)
  })
}

describe('A pool whose connections are all held by work that waits for another one', () => {
  it('refuses at once, and names the holder', async () => {
    const small = open({ size: 1 })
    const startedAt = performance.now()
    const error = await nest(small).then(
      () => expect.unreachable(),
      (reason: unknown) => reason as PoolDeadlockError,
    )
    expect(performance.now() - startedAt).toBeLessThan(ACQUIRE_MILLIS / 2)
    expect(error).toBeInstanceOf(PoolDeadlockError)
    expect(error).toMatchObject({ code: 'POOL_DEADLOCK', stats: { inUse: 1, max: 1 } })
    expect(error.holders).toMatchObject([
      { sessionId: expect.stringMatching(/^session-\d+$/), where: expect.stringMatching(/pool-deadlock/) },
    ])
    expect(error.message).toMatch(/all 1 are held by work that waits for another one \(session-\d+ for/)
    expect(small.engine.stats()).toMatchObject({ deadlocks: 1, timeouts: 0, inUse: 0, waiting: 0 })
  })

  // P17: ten nested at a pool of ten lock each other for the whole timeout in plain pg and Kysely (E19).
  it('refuses no more than it must: with ten of ten nested, the others finish', async () => {
    const ten = open({ size: 10 })
    const startedAt = performance.now()
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => nest(ten)))
    expect(performance.now() - startedAt).toBeLessThan(ACQUIRE_MILLIS / 2)
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(10)
    for (const { reason } of refused as PromiseRejectedResult[])
      expect(reason).toBeInstanceOf(PoolDeadlockError)
    expect(ten.engine.stats()).toMatchObject({ timeouts: 0, inUse: 0, waiting: 0 })
  })

  it('knows the holder by the async context, where the inner session was opened by hand', async () => {
    const small = open({ size: 1 })
    const work = small.scoped.run(async (outer) => {
      await read(outer)
      await using inner = small.session()
      await read(inner)
    })
    await expect(work).rejects.toBeInstanceOf(PoolDeadlockError)
  })

  it('knows it in a scope that continues by callback, as adapters bind it', async () => {
    const small = open({ size: 1 })
    await using outer = small.session()
    const work = small.scoped.bind(outer, async () => {
      await read(outer)
      await small.begin(read)
    })
    await expect(work).rejects.toBeInstanceOf(PoolDeadlockError)
  })

  it('knows it through three storeys', async () => {
    const two = open({ size: 2 })
    const work = two.begin(async (outer) => {
      await read(outer)
      await two.begin(async (middle) => {
        await read(middle)
        await two.begin(read)
      })
    })
    await expect(work).rejects.toBeInstanceOf(PoolDeadlockError)
  })

  it('knows a session that was suspended for the waiter by what the waiter says', async () => {
    const { engine } = open({ size: 2 })
    const outer = await engine.acquire('session-outer')
    const middle = await new Promise<{ release(): void }>((resolve, reject) => {
      engine.enqueue({
        sessionId: 'session-middle',
        suspended: 'session-outer',
        onLease: resolve,
        onError: reject,
      })
    })
    const inner = new Promise((resolve, reject) => {
      engine.enqueue({
        sessionId: 'session-inner',
        suspended: 'session-middle',
        onLease: resolve,
        onError: reject,
      })
    })
    await expect(inner).rejects.toBeInstanceOf(PoolDeadlockError)
    middle.release()
    outer.release()
  })
})

describe('A pool that is only busy', () => {
  it('refuses nobody whom a holder has started without awaiting it', async () => {
    const small = open({ size: 1 })
    let inner: Promise<unknown> | undefined
    await small.begin(async (outer) => {
      await read(outer)
      inner = sleep(1).then(() => small.begin(read))
      await sleep(150)
      await read(outer)
    })
    await inner
    expect(small.engine.stats()).toMatchObject({ deadlocks: 0, timeouts: 0 })
  })

  it('refuses nobody while a holder is at work, even if that takes long', async () => {
    const small = open({ size: 1 })
    let inner: Promise<unknown> | undefined
    await small.begin(async (outer) => {
      await read(outer)
      const slow = outer
        .selectFrom('account')
        .select((eb) => eb.fn('pg_sleep', [eb.val(0.2)]).as('slept'))
        .where('id', '=', 1)
        .execute()
      inner = small.begin(read)
      await slow
      expect(small.engine.stats()).toMatchObject({ waiting: 1, deadlocks: 0 })
    })
    await inner
  })

  it('refuses nobody while one connection is held by work that waits for nothing', async () => {
    const two = open({ size: 2 })
    const holder = await two.engine.acquire('session-by-hand')
    const work = nest(two)
    await expect.poll(() => two.engine.stats().waiting).toBe(1)
    await sleep(100)
    expect(two.engine.stats()).toMatchObject({ waiting: 1, deadlocks: 0 })
    holder.release()
    await work
  })

  it('refuses nobody of many that only stand in line', async () => {
    const two = open({ size: 2 })
    await Promise.all(Array.from({ length: 200 }, () => two.begin(read)))
    expect(two.engine.stats()).toMatchObject({ deadlocks: 0, timeouts: 0, acquired: 200, released: 200 })
  })

  it('lets those wait until their timeout of whom nobody knows what they wait for', async () => {
    const small = open({ size: 1, acquireTimeoutMillis: 300 })
    await using outer = small.session()
    await read(outer)
    await using inner = small.session()
    const error = await read(inner).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(PoolTimeoutError)
    expect(error).toMatchObject({ holders: [{ sessionId: outer.id }] })
    expect((error as Error).message).toMatch(
      /0 waiting; held by session-\d+ for \d+ ms \(at .*pool-deadlock\.test\.ts:\d+:\d+\)\)/,
    )
  })
})
