import { sql } from 'kysely'
import pg from 'pg'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { LocalCluster } from '../../../src/testing/local-cluster.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { failureOf } from './failure-of.js'
import { COMMIT_ASKED, COMMIT_DONE } from './open-through-proxy.js'

interface Tables {
  paid: { who: string }
}

const PATIENCE_MILLIS = 60_000

/** A server whose log reaches the disk only with a COMMIT: a crash takes with it all ids given since the last one. */
let cluster: LocalCluster
beforeAll(async () => {
  cluster = await LocalCluster.create({
    timeoutMillis: PATIENCE_MILLIS,
    binDirectory: process.env['POSTGRES_BIN_DIRECTORY'] || undefined,
    settings: { wal_writer_delay: '10s', autovacuum: 'off' },
  })
  await cluster.start()
  await ask('create table paid (who text)')
  return () => cluster.remove()
})

/** Asks beside the proxy. */
async function ask<Row extends pg.QueryResultRow>(text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: cluster.url })
  // A crash is also told to whoever is leaving.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

interface Story {
  /** How the server goes down and comes back. */
  readonly crash: () => Promise<void>
  /** What others do before anybody is asked about the transaction. */
  readonly others?: (xid: bigint) => Promise<void>
  readonly lost: typeof COMMIT_ASKED | typeof COMMIT_DONE
}

/** Tells a story in which a COMMIT, or the answer to it, is lost and the server crashes before anybody can ask. */
async function tell({ crash, others, lost }: Story): Promise<CommitUnknownError> {
  await ask('truncate paid')
  await ask('checkpoint')
  const proxy = await NetworkProxy.start(cluster.url)
  onTestFinished(() => proxy.stop())
  const database = new AsyncDatabase<Tables>({
    url: proxy.urlFor(cluster.url),
    pool: { acquireTimeoutMillis: PATIENCE_MILLIS },
    session: { resolveCommitMillis: PATIENCE_MILLIS, commitTimeoutMillis: 300 },
  })
  onTestFinished(() => database.close({ graceMillis: 0 }))
  await using session = database.session()
  await session.insertInto('paid').values({ who: 'Ada' }).execute()
  const { xid } = await session
    .selectNoFrom(sql<string>`pg_current_xact_id()::text`.as('xid'))
    .executeTakeFirstOrThrow()
  const fault = proxy.intercept(lost, 'blackHole')
  const failed = failureOf(session.commit())
  await fault.firstHit
  await proxy.refuse()
  await crash()
  await others?.(BigInt(xid))
  await proxy.serve()
  const error = (await failed) as CommitUnknownError
  expect(error).toMatchObject({ code: 'COMMIT_UNKNOWN', xid })
  return error
}

async function restart(): Promise<void> {
  await cluster.shutDown('immediate')
  await cluster.start()
}

/** The death of one process takes the memory of all with it; the server itself stays. */
async function crashInPlace(): Promise<void> {
  const since = 'select pg_stat_get_bgwriter_stat_reset_time()::text as since'
  const before = await ask(since)
  const [victim] = await ask<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'walwriter'`,
  )
  process.kill(victim!.pid, 'SIGKILL')
  await expect.poll(() => ask(since).catch(() => before)).not.toEqual(before)
}

/** Transactions of others, up to the id and with it. */
async function useUp(xid: bigint): Promise<void> {
  const pay = `insert into paid values ('Grace') returning pg_current_xact_id()::text as xid`
  for (let isFirst = true, last = 0n; last < xid; isFirst = false) {
    last = BigInt((await ask<{ xid: string }>(pay))[0]!.xid)
    if (isFirst) expect(last, 'the crash has lost the id').toBeLessThanOrEqual(xid)
  }
}

const isPaid = async (): Promise<boolean> => (await ask(`select 1 from paid where who = 'Ada'`)).length > 0

describe('A COMMIT that a crash has swallowed', () => {
  it('turns out aborted although the server says committed of its id, which is another’s now', async () => {
    const { outcome } = await tell({ lost: COMMIT_ASKED, crash: restart, others: useUp })
    expect(await isPaid()).toBe(false)
    expect(outcome).toBe('aborted')
  })

  it('turns out aborted when its id has not been given again', async () => {
    expect((await tell({ lost: COMMIT_ASKED, crash: restart })).outcome).toBe('aborted')
  })

  it('turns out aborted when its id is of one in progress, who is left in peace', async () => {
    const other = new pg.Client({ connectionString: cluster.url })
    const { outcome } = await tell({
      lost: COMMIT_ASKED,
      crash: restart,
      others: async (xid) => {
        await other.connect()
        for (let last = 0n; last < xid;) {
          await other.query(last === 0n ? 'begin' : 'commit and chain')
          const { rows } = await other.query<{ xid: string }>('select pg_current_xact_id()::text as xid')
          last = BigInt(rows[0]!.xid)
        }
      },
    })
    expect(outcome).toBe('aborted')
    await other.query('commit')
    await other.end()
  })

  it('stays unknown when a later checkpoint has covered the traces', async () => {
    const others = async (xid: bigint): Promise<void> => {
      await useUp(xid)
      await ask('checkpoint')
    }
    expect((await tell({ lost: COMMIT_ASKED, crash: restart, others })).outcome).toBe('unknown')
    expect(await isPaid()).toBe(false)
  })

  it('stays unknown when only one process crashed and its id is another’s now', async () => {
    const { outcome } = await tell({ lost: COMMIT_ASKED, crash: crashInPlace, others: useUp })
    expect(await isPaid()).toBe(false)
    expect(outcome).toBe('unknown')
  })
})

describe('A COMMIT whose answer a crash has swallowed', () => {
  it.each([
    ['a restart in a hurry', restart],
    ['a restart in order', () => cluster.shutDown('fast').then(() => cluster.start())],
    ['the crash of one process', crashInPlace],
  ])('turns out committed after %s', async (_, crash) => {
    const { outcome } = await tell({ lost: COMMIT_DONE, crash })
    expect(await isPaid()).toBe(true)
    expect(outcome).toBe('committed')
  })
})
