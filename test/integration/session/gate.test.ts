import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { SessionClosedError, SessionStateError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import type { TestTables } from './open-database.js'
import { openThroughProxy, type ProxiedDatabase } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

/** Each way, so that an end takes 50 ms and there is a millisecond for each straggler (I-GATE). */
const DELAY_MILLIS = 25

/** What became of the statements that were issued while something was under way. */
interface Stragglers {
  readonly issued: number
  readonly errors: readonly unknown[]
}

/** Issues an INSERT now and at every millisecond until `end` has settled. */
async function straggle(session: Session<TestTables>, end: Promise<unknown>): Promise<Stragglers> {
  const outcomes: Promise<unknown>[] = []
  const flag = { isOver: false }
  const over = end
    .catch(() => undefined)
    .finally(() => {
      flag.isOver = true
    })
  while (!flag.isOver) {
    outcomes.push(session.insertInto('person').values({ name: 'straggler' }).execute())
    outcomes.at(-1)!.catch(() => undefined)
    await Promise.race([sleep(1), over])
  }
  const settled = await Promise.allSettled(outcomes)
  return {
    issued: outcomes.length,
    errors: settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : [])),
  }
}

/** Messages of the client from the one that runs `text` on. */
function sentFrom({ recorder }: ProxiedDatabase, text: string): string[] {
  const sent = recorder.events.filter(({ message }) => message.direction === 'toServer')
  const index = sent.findLastIndex(({ message }) => message.name === 'Execute' && message.text === text)
  expect(index).toBeGreaterThan(-1)
  return sent.slice(index).map(({ message }) => message.name)
}

async function openSlow(): Promise<ProxiedDatabase & { readonly session: Session<TestTables> }> {
  const opened = await openThroughProxy(cloned.url)
  const session = opened.database.session()
  await session.insertInto('person').values({ name: 'Ada' }).execute()
  opened.proxy.shape('both', { delayMillis: DELAY_MILLIS })
  return { ...opened, session }
}

describe('Session: a statement issued while the end is under way', () => {
  it.each([
    ['commit', 'commit', 'committing', ['Ada']],
    ['rollback', 'rollback', 'rolling back', []],
    ['close', 'rollback', 'rolling back', []],
    ['abort', 'rollback', 'rolling back', []],
  ] as const)('never reaches the server during %s()', async (end, text, state, stored) => {
    const opened = await openSlow()
    const { session } = opened
    const ended = session[end]()
    const { issued, errors } = await straggle(session, ended)
    await ended
    expect(issued).toBeGreaterThan(3)
    expect(errors).toHaveLength(issued)
    for (const error of errors) expect(error).toBeInstanceOf(SessionStateError)
    expect(errors[0]).toMatchObject({ state, attempted: 'statement' })
    expect((errors[0] as Error).message).toContain(state)
    // The bytes: behind the end's own Execute comes its Sync and nothing else.
    expect(sentFrom(opened, text)).toEqual(['Execute', 'Sync'])
    opened.proxy.shape('both', { delayMillis: 0 })
    await session.close()
    expect(await cloned.query('select name from person')).toEqual(stored.map((name) => ({ name })))
  })

  it('never reaches the server during the ROLLBACK of a commit() that can not commit', async () => {
    const opened = await openSlow()
    const { session } = opened
    await failureOf(sql`select 1/0`.execute(session))
    const ended = session.commit()
    const { issued, errors } = await straggle(session, ended)
    await failureOf(ended)
    expect(errors).toHaveLength(issued)
    expect(sentFrom(opened, 'rollback')).toEqual(['Execute', 'Sync'])
    await session.close()
    expect(await cloned.query('select name from person')).toEqual([])
  })

  it('never reaches the server while commit() waits for an earlier statement', async () => {
    const opened = await openSlow()
    const { session } = opened
    const earlier = sql`select pg_sleep(0.03)`.execute(session)
    const ended = session.commit()
    const { issued, errors } = await straggle(session, ended)
    await Promise.all([earlier, ended])
    expect(errors).toHaveLength(issued)
    expect(sentFrom(opened, 'commit')).toEqual(['Execute', 'Sync'])
    expect(opened.recorder.executedSql.filter((text) => text.startsWith('insert'))).toHaveLength(1)
    await session.close()
  })

  it('is refused in the same way when it is a nested transaction', async () => {
    const opened = await openSlow()
    const { session } = opened
    const ended = session.commit()
    await sleep(5)
    expect(await failureOf(session.beginNested(async () => 'ran'))).toMatchObject({
      state: 'committing',
      attempted: 'beginNested',
    })
    expect(
      await failureOf(session.transaction().execute((trx) => trx.selectFrom('person').selectAll().execute())),
    ).toBeInstanceOf(SessionStateError)
    await ended
    expect(sentFrom(opened, 'commit')).toEqual(['Execute', 'Sync'])
    await session.close()
  })

  it('is refused in the same way when it comes from a stream, whose rows end there', async () => {
    const opened = await openSlow()
    const { session } = opened
    const rows = session.selectFrom('account').selectAll().stream(5)
    await rows.next()
    const ended = session.commit()
    expect(await failureOf(drain(rows))).toBeInstanceOf(SessionStateError)
    await ended
    expect(sentFrom(opened, 'commit')).toEqual(['Execute', 'Sync'])
    await session.close()
  })

  it('is refused after close() as well', async () => {
    const opened = await openSlow()
    const { session } = opened
    await session.close()
    expect(await failureOf(session.selectFrom('person').selectAll().execute())).toBeInstanceOf(
      SessionClosedError,
    )
    expect(sentFrom(opened, 'rollback')).toEqual(['Execute', 'Sync'])
  })
})

describe('Session.beginNested: a statement of its work issued while its end is under way', () => {
  /** Runs nested work that goes on issuing statements after it has returned or thrown. */
  async function nestAndStraggle(session: Session<TestTables>, end: () => string): Promise<Stragglers> {
    const late: { stragglers?: Promise<Stragglers> } = {}
    const nested: Promise<string> = session.beginNested(async () => {
      await session.insertInto('person').values({ name: 'Grace' }).execute()
      late.stragglers = sleep(1).then(() => straggle(session, nested))
      return end()
    })
    await nested.catch(() => undefined)
    return await late.stragglers!
  }

  it('is refused and never reaches the server when the work failed', async () => {
    const opened = await openSlow()
    const { session, recorder } = opened
    const { issued, errors } = await nestAndStraggle(session, () => {
      throw new Error('business')
    })
    expect(issued).toBeGreaterThan(3)
    expect(errors).toHaveLength(issued)
    expect(recorder.executedSql.filter((text) => text.startsWith('insert'))).toHaveLength(2)
    await session.commit()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'Ada' }])
    await session.close()
  })

  it('is refused and never reaches the server when the work returned', async () => {
    const opened = await openSlow()
    const { session, recorder } = opened
    const { issued, errors } = await nestAndStraggle(session, () => 'done')
    expect(issued).toBeGreaterThan(3)
    expect(errors).toHaveLength(issued)
    expect(recorder.executedSql.filter((text) => text.startsWith('insert'))).toHaveLength(2)
    await session.commit()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'Ada' }, { name: 'Grace' }])
    await session.close()
  })

  it('leaves a statement from outside the work in line: it runs after the end, in the outer transaction', async () => {
    const opened = await openSlow()
    const { session, recorder } = opened
    const nested = session.beginNested(async () => {
      await session.insertInto('person').values({ name: 'Grace' }).execute()
      throw new Error('business')
    })
    const failure = failureOf(nested)
    await recorder.waitFor(
      ({ message }) => message.name === 'Execute' && /^rollback to/.test(message.text ?? ''),
    )
    await session.insertInto('person').values({ name: 'outside' }).execute()
    expect(await failure).toMatchObject({ message: 'business' })
    await session.commit()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'Ada' }, { name: 'outside' }])
    await session.close()
  })

  it('is drained first when it was issued before the end', async () => {
    const opened = await openSlow()
    const { session } = opened
    const late: { insert?: Promise<unknown> } = {}
    await failureOf(
      session.beginNested(async () => {
        late.insert = session.insertInto('person').values({ name: 'Grace' }).execute()
        throw new Error('business')
      }),
    )
    await late.insert
    await session.commit()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'Ada' }])
    await session.close()
  })
})

describe('Session: COMMIT, ROLLBACK and BEGIN as statements', () => {
  it.each([
    'commit',
    'rollback',
    'end',
    'abort',
    'COMMIT AND CHAIN',
    '/* now */ commit',
    '-- now\ncommit',
    '; rollback',
    '/* a /* b */ c */ commit',
    'start transaction',
    'prepare transaction $$x$$',
  ])('lets nothing run outside the transaction behind %j', async (text) => {
    const { database } = await openThroughProxy(cloned.url)
    const session = database.session()
    const insert = (name: string) => session.insertInto('person').values({ name }).execute()
    const outcomes = await Promise.allSettled([
      insert('before'),
      sql.raw(text).execute(session),
      insert('behind'),
    ])
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'USAGE_ERROR' } })
    await insert('later').catch(() => undefined)
    await session.close()
    const stored = await cloned.query<{ name: string }>('select name from person')
    expect(stored.map(({ name }) => name)).not.toContain('behind')
    expect(stored.map(({ name }) => name)).not.toContain('later')
  })

  it('gives no connection back that a statement has taken out of its transaction', async () => {
    const { database } = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await sql`rollback`.execute(session).catch(() => undefined)
    await session.rollback()
    await using next = database.session()
    await next.insertInto('person').values({ name: 'Grace' }).execute()
    await next.rollback()
    expect(await cloned.query('select name from person')).toEqual([])
  })

  it('lets SAVEPOINT, ROLLBACK TO and RELEASE through', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    const insert = (name: string) => session.insertInto('person').values({ name }).execute()
    await Promise.all([insert('Ada'), sql`savepoint mine`.execute(session), insert('Grace')])
    await sql`rollback to savepoint mine`.execute(session)
    await Promise.all([insert('Barbara'), sql`release savepoint mine`.execute(session)])
    await session.commit()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'Ada' }, { name: 'Barbara' }])
  })

  it('never stores anything because of a BEGIN in the middle', async () => {
    const { database } = await openThroughProxy(cloned.url)
    await using session = database.session()
    await session.insertInto('person').values({ name: 'Ada' }).execute()
    await sql`begin`.execute(session).catch(() => undefined)
    await session
      .insertInto('person')
      .values({ name: 'Grace' })
      .execute()
      .catch(() => undefined)
    await session.rollback()
    expect(await cloned.query('select name from person')).toEqual([])
    expect(database.engine.stats().inUse).toBe(0)
  })
})

async function drain(rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const row of rows) count += row === undefined ? 0 : 1
  return count
}
