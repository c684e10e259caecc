import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { expect, it, onTestFinished } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { LocalCluster } from '../../../src/testing/local-cluster.js'
import { startStandby, urlOn } from './standby.js'

interface Tables {
  written: { mark: number }
}

const WORKERS = 4
const PATIENCE_MILLIS = 30_000

// P21: the pool finds the new primary by itself, and what was acknowledged by the old one is there.
it('goes on writing on the standby once it has been promoted, and loses nothing that was acknowledged', async () => {
  const binDirectory = process.env['POSTGRES_BIN_DIRECTORY'] || undefined
  const options = { timeoutMillis: PATIENCE_MILLIS, binDirectory }
  const primary = await LocalCluster.create(options)
  onTestFinished(() => primary.remove())
  await primary.start()
  await ask(primary.url, 'create table written (mark integer)')
  const standby = await startStandby(primary, options)
  onTestFinished(() => standby.remove())
  const promotedUrl = urlOn(primary.url, standby)
  await until(async () => (await ask(primary.url, 'select 1 from pg_stat_replication')).length > 0)
  // Only so does an acknowledgement speak for the standby too.
  await ask(primary.url, "alter system set synchronous_standby_names = '*'")
  await ask(primary.url, 'select pg_reload_conf()')

  const { username, password } = new URL(primary.url)
  const hosts = [primary, standby].map(({ url }) => ({ host: '127.0.0.1', port: Number(new URL(url).port) }))
  const database = new AsyncDatabase<Tables>({
    hosts,
    targetSessionAttrs: 'read-write',
    user: username,
    password,
    database: 'postgres',
    pool: { size: WORKERS, maxOverflow: 0, acquireTimeoutMillis: PATIENCE_MILLIS },
  })
  onTestFinished(() => database.close({ graceMillis: 0 }))

  const acknowledged: number[] = []
  const errors: unknown[] = []
  let lastMark = 0
  let isOver = false
  const workers = Array.from({ length: WORKERS }, async () => {
    while (!isOver) {
      const mark = ++lastMark
      await database
        .begin((session) => session.insertInto('written').values({ mark }).execute(), {
          deadlineMillis: PATIENCE_MILLIS,
        })
        .then(
          () => acknowledged.push(mark),
          (error: unknown) => errors.push(error),
        )
      await sleep(2)
    }
  })
  await until(() => acknowledged.length > 20)
  await primary.shutDown('immediate')
  await ask(promotedUrl, 'select pg_promote()')
  const before = acknowledged.length
  const promotedAt = performance.now()
  await until(() => acknowledged.length > before + 20)
  process.stderr.write(
    `failover: 20 writes ${(performance.now() - promotedAt).toFixed(0)} ms after the promotion, ${errors.length} errors\n`,
  )
  isOver = true
  await Promise.all(workers)

  const rows = await ask<{ mark: number }>(promotedUrl, 'select mark from written')
  const marks = rows.map(({ mark }) => mark)
  expect(new Set(marks).size, 'each once').toBe(marks.length)
  const missing = acknowledged.filter((mark) => !marks.includes(mark))
  expect(missing, 'acknowledged and lost').toEqual([])
  for (const error of errors) expect(DatabaseError.is(error), String(error)).toBe(true)
})

async function ask<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: PATIENCE_MILLIS, interval: 20 }).toBe(true)
}
