import { sql } from 'kysely'
import { beforeEach, describe, expect, it } from 'vitest'
import { CommitRolledBackError } from '../../../src/errors/transaction-error.js'
import { ProgrammingError } from '../../../src/errors/query-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import type { Fault } from '../../support/interception.js'
import type { WireMessage } from '../../support/wire-message.js'
import type { WireEvent } from '../../support/wire-recorder.js'
import { openThroughProxy, PLAIN_BEGIN, textsOf, type ProxiedDatabase } from './open-through-proxy.js'

const cloned = cloneDatabase()

beforeEach(async () => {
  await cloned.query('delete from person')
})

/** Behind a proxy, with one connection that has served already and counters at zero. */
async function openWarm(): Promise<ProxiedDatabase> {
  const opened = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
  // Another BEGIN than those of the tests, which see their own prepared.
  await opened.database.begin((session) => sql`select 1 as one`.execute(session), { deferrable: false })
  opened.recorder.clear()
  return opened
}

function sentBy(events: readonly WireEvent[]): WireEvent[] {
  return events.filter(({ message }) => message.direction === 'toServer')
}

describe('Session: BEGIN and the first statement', () => {
  it('costs 2 round trips for a transactional read', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session()
    await session.selectFrom('account').selectAll().where('id', '=', 1).execute()
    expect(recorder.roundTrips).toBe(1)
    await session.commit()
    expect(recorder.roundTrips).toBe(2)
  })

  it('leaves in one write, as one group that ends with a single Sync', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session()
    await session.selectFrom('account').select('balance').where('id', '=', 1).execute()
    const sent = sentBy(recorder.events)
    expect(new Set(sent.map(({ chunk }) => chunk)).size).toBe(1)
    expect(sent.filter(({ message }) => message.name === 'Sync')).toHaveLength(1)
    expect(sent.at(-1)?.message.name).toBe('Sync')
    expect(textsOf(recorder)).toEqual([...PLAIN_BEGIN, 'select "balance" from "account" where "id" = $1'])
    expect(sent.some(({ message }) => message.name === 'Query')).toBe(false)
  })

  it('shares its round trip with every statement that was started together with it', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session()
    const accounts = session.selectFrom('account').select('id')
    const rows = await Promise.all([1, 2, 3, 4].map((id) => accounts.where('id', '=', id).execute()))
    expect(rows).toEqual([[{ id: 1 }], [{ id: 2 }], [{ id: 3 }], [{ id: 4 }]])
    expect(recorder.roundTrips).toBe(1)
    await session.commit()
    expect(recorder.roundTrips).toBe(2)
  })

  it('is followed by one round trip for each later batch of statements', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session()
    const read = (id: number) => session.selectFrom('account').select('id').where('id', '=', id).execute()
    await read(1)
    await Promise.all([read(2), read(3), read(4)])
    expect(recorder.roundTrips).toBe(2)
    await read(5)
    await read(6)
    expect(recorder.roundTrips).toBe(4)
  })

  it('leaves together with statements that waited for a connection', async () => {
    const { database, recorder } = await openWarm()
    await using holder = database.session()
    await holder.selectFrom('account').selectAll().execute()
    await using session = database.session()
    const rows = [1, 2, 3].map((id) =>
      session.selectFrom('account').select('id').where('id', '=', id).execute(),
    )
    recorder.clear()
    await holder.rollback()
    expect(await Promise.all(rows)).toEqual([[{ id: 1 }], [{ id: 2 }], [{ id: 3 }]])
    expect(recorder.roundTrips).toBe(2)
  })

  it('carries the transaction options without a further round trip', async () => {
    const { database, recorder } = await openWarm()
    await using session = database.session({
      isolationLevel: 'serializable',
      readOnly: true,
      deferrable: true,
    })
    const show = (name: string) => sql<Record<string, string>>`show ${sql.raw(name)}`.execute(session)
    const shown = await Promise.all(
      ['transaction_isolation', 'transaction_read_only', 'transaction_deferrable'].map(show),
    )
    expect(shown.flatMap(({ rows }) => rows)).toEqual([
      { transaction_isolation: 'serializable' },
      { transaction_read_only: 'on' },
      { transaction_deferrable: 'on' },
    ])
    expect(recorder.roundTrips).toBe(1)
  })

  it('runs nothing when BEGIN itself is refused', async () => {
    const { database, proxy } = await openWarm()
    let name = ''
    const spoiltBegin: Fault = {
      get replaceWith() {
        return parseMessage(name, 'begin nonsense')
      },
    }
    const rename = (message: WireMessage | undefined) => {
      name = message?.statementName ?? ''
      return true
    }
    proxy.intercept({ direction: 'toServer', name: 'Parse', text: /^begin$/, where: rename }, spoiltBegin)
    await using session = database.session()
    const ada = session.insertInto('person').values({ name: 'Ada' }).execute()
    const grace = session.insertInto('person').values({ name: 'Grace' }).execute()
    await expect(ada).rejects.toThrow(ProgrammingError)
    await expect(grace).rejects.toThrow()
    await expect(session.commit()).rejects.toThrow(CommitRolledBackError)
    expect(await cloned.query('select name from person')).toEqual([])
    await session.insertInto('person').values({ name: 'Barbara' }).execute()
    await session.commit()
    expect(await cloned.query('select name from person')).toEqual([{ name: 'Barbara' }])
  })
})

describe('Session: prepared statements', () => {
  it('are parsed once on a connection, whatever session runs them', async () => {
    const { database, recorder } = await openWarm()
    for (let round = 0; round < 3; round++) {
      await using session = database.session()
      const read = (id: number) => session.selectFrom('account').select('id').where('id', '=', id).execute()
      await Promise.all([read(1), read(2)])
      expect(await read(round + 1)).toEqual([{ id: round + 1 }])
    }
    const text = 'select "id" from "account" where "id" = $1'
    expect(recorder.sqlTexts.filter((sent) => sent === text)).toHaveLength(1)
    expect(recorder.sqlTexts.filter((sent) => sent === 'begin')).toHaveLength(1)
    expect(recorder.executedSql.filter((ran) => ran === text)).toHaveLength(9)
    const bound = sentBy(recorder.events).filter(
      ({ message }) => message.name === 'Bind' && message.text === text,
    )
    const names = new Set(bound.map(({ message }) => message.statementName))
    expect(names.size).toBe(1)
    expect(names).not.toContain('')
  })

  it('are parsed again on another connection', async () => {
    const { database, recorder } = await openThroughProxy(cloned.url)
    const sessions = [database.session(), database.session()]
    for (const session of sessions) await session.selectFrom('account').select('id').execute()
    for (const session of sessions) await session.close()
    expect(recorder.sqlTexts.filter((sent) => sent === 'select "id" from "account"')).toHaveLength(2)
  })

  it('are prepared anew when the server could not parse them the first time', async () => {
    const { database } = await openWarm()
    await using session = database.session()
    const read = () => sql<{ id: number }>`select id from late_table`.execute(session)
    await expect(read()).rejects.toMatchObject({ sqlState: '42P01' })
    await session.rollback()
    await sql`create table late_table as select 7 as id`.execute(session)
    expect((await read()).rows).toEqual([{ id: 7 }])
    await session.rollback()
  })

  it('survive a statement of the same group that fails behind them', async () => {
    const { database } = await openWarm()
    await using session = database.session()
    const read = () => sql<{ two: number }>`select 2 as two`.execute(session)
    const outcomes = await Promise.allSettled([
      read(),
      sql`select 1/0`.execute(session),
      sql`select 3`.execute(session),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    await session.rollback()
    expect((await read()).rows).toEqual([{ two: 2 }])
    expect((await sql`select 3 as three`.execute(session)).rows).toEqual([{ three: 3 }])
    await expect(sql`select 1/0`.execute(session)).rejects.toMatchObject({ sqlState: '22012' })
  })
})

/** Parse, as a client would send it (PostgreSQL manual, Message Formats). */
function parseMessage(name: string, text: string): Buffer {
  const body = Buffer.from(`${name}\0${text}\0\0\0`)
  const message = Buffer.alloc(5 + body.length)
  message.write('P', 0, 'latin1')
  message.writeInt32BE(4 + body.length, 1)
  body.copy(message, 5)
  return message
}
