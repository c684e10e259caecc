// A program of its own for tests: plays the scenarios of its arguments and must then end by itself, with code 0.
// One process for many: to start one costs more than all scenarios together.
import { setTimeout as sleep } from 'node:timers/promises'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { rowsOf, sendGroup, withLease } from './run-statements.js'

const url = process.env['SCENARIO_URL'] ?? ''

function open(target = url, options: object = {}): AsyncDatabase<{ account: { id: number } }> {
  return new AsyncDatabase({
    url: target,
    pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 500 },
    ...options,
  })
}

async function kill(processId: number | null): Promise<void> {
  await using admin = open()
  await withLease(admin.engine, async (lease) => {
    await rowsOf(lease, 'select pg_terminate_backend($1)', processId)
    while ((await rowsOf(lease, 'select from pg_stat_activity where pid = $1', processId)).length > 0)
      await sleep(5)
  })
  // Until this process has heard of it too.
  await sleep(30)
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code

/** What keeps this process from ending. */
function keptAlive(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|Timeout/.test(name))
}

/** Each gives what its test looks at. */
const scenarios: Record<string, () => Promise<unknown>> = {
  async killedWhileIdle() {
    const database = open()
    await kill(await withLease(database.engine, async (lease) => lease.processId))
    const rows = await withLease(database.engine, (lease) => rowsOf(lease, 'select 1 as one'))
    await database.close()
    return rows
  },
  async killedWhileLent() {
    const database = open()
    const lease = await database.engine.acquire()
    await kill(lease.processId)
    const { error } = await sendGroup(lease, 'select 1')
    lease.release()
    const rows = await withLease(database.engine, (next) => rowsOf(next, 'select 1 as one'))
    await database.close()
    return [codeOf(error), rows]
  },
  async killedInStatement() {
    const database = open()
    const lease = await database.engine.acquire()
    const running = sendGroup(lease, 'select pg_sleep(20)')
    await sleep(50)
    await kill(lease.processId)
    const { error } = await running
    lease.release()
    await database.close()
    return codeOf(error)
  },
  async killedInSession() {
    const database = open()
    let processId: number | null = null
    database.engine.on('connect', (event) => (processId = event.processId))
    const session = database.session()
    await session.selectFrom('account').select('id').where('id', '=', 1).execute()
    await kill(processId)
    const outcome = await session.commit().then(() => 'committed', codeOf)
    await session.close()
    const rows = await database.begin((next) =>
      next.selectFrom('account').select('id').where('id', '=', 1).execute(),
    )
    await database.close()
    return [outcome, rows]
  },
  async killedAndDropped() {
    // Nobody ever looks at this lease again.
    const database = open()
    const lease = await database.engine.acquire()
    await kill(lease.processId)
    await database.close({ graceMillis: 50 })
    return database.engine.stats().inUse
  },
  async nonsense() {
    await using proxy = await NetworkProxy.start(url)
    const database = open(proxy.urlFor(url))
    // A row that announces 2,304 columns and has none.
    const bytes = Buffer.from([0x44, 0, 0, 0, 6, 9, 0])
    proxy.intercept({ direction: 'toClient', name: 'BindComplete' }, { injectBefore: bytes })
    const lease = await database.engine.acquire()
    const { error } = await sendGroup(lease, 'select 1 as one')
    lease.release()
    proxy.intercept({ direction: 'toClient', name: 'BackendKeyData' }, { injectBefore: bytes })
    const opened = await database.engine.acquire().then((next) => next.release(), codeOf)
    await database.close()
    return [codeOf(error), typeof opened]
  },
  async waiterAlone() {
    // All that is left is a wait: it must end as it says, not as Node's exit code 13.
    const database = open()
    await database.engine.acquire()
    const outcome = await database.engine.acquire().then(() => 'served', codeOf)
    await database.close({ graceMillis: 0 })
    return outcome
  },
  async leftOpen() {
    const database = open(url, { pool: { size: 3, idleTimeoutMillis: 0 } })
    await withLease(database.engine, (lease) => rowsOf(lease, 'select 1 as one'))
    return 'left open'
  },
  async closed() {
    const database = open(url, { pool: { size: 3, idleTimeoutMillis: 60_000 } })
    const leases = await Promise.all([1, 2, 3].map(() => database.engine.acquire()))
    for (const lease of leases) lease.release()
    await database.close()
    return keptAlive()
  },
  async closedWhileDown() {
    const proxy = await NetworkProxy.start(url)
    await proxy.refuse()
    const database = open(proxy.urlFor(url), { pool: { acquireTimeoutMillis: 20_000 } })
    const waiting = database.engine.acquire().then(() => 'served', codeOf)
    await sleep(100)
    await database.close({ graceMillis: 100 })
    await proxy.stop()
    return [await waiting, keptAlive()]
  },
  async closedWhileOpening() {
    const database = open(process.env['FROZEN_URL'], { pool: { acquireTimeoutMillis: 20_000 } })
    const waiting = database.engine.acquire().then(() => 'served', codeOf)
    await sleep(50)
    await database.close({ graceMillis: 100 })
    await sleep(1)
    return [await waiting, keptAlive()]
  },
}

for (const name of process.argv.slice(2)) {
  const outcome = await scenarios[name]?.()
  process.stdout.write(`${JSON.stringify([name, outcome])}\n`)
}
