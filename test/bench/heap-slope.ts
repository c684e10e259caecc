// How much the heap grows with the number of sessions: `npm run heap -- [sessions]`, a million of them by default.
// RELIABILITY I-LEAK: less than 1 MB for each 100,000 sessions.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { sql } from 'kysely'
import { AsyncDatabase } from '../../src/database/async-database.js'
import { startPostgres } from '../../src/testing/start-postgres.js'

const SAMPLES = 20
const AT_A_TIME = 16
const LIMIT_MB = 1

const sessions = Number(process.argv[2] ?? 1_000_000)
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

await using server = await startPostgres()
await using database = new AsyncDatabase<Record<string, never>>({
  url: server.url,
  pool: { size: 8, maxOverflow: 0 },
})
/** One signal for all: whoever forgets to take its listener away is found out. */
const { signal } = new AbortController()

/** Sessions of every kind that a program has, one after the other. */
const kinds: readonly (() => Promise<unknown>)[] = [
  () => database.begin((session) => sql`select 1`.execute(session)),
  () => database.begin((session) => sql`select 1`.execute(session), { deadlineMillis: 60_000, signal }),
  () => database.scoped.run((session) => sql`select 1`.execute(session)),
  () => database.session().close(),
  () => database.begin((session) => session.beginNested(() => sql`select 1`.execute(session))),
  () => database.begin((session) => sql`select 1 / 0`.execute(session)).catch(() => undefined),
  () => sql`select 1`.execute(database.kysely),
  () =>
    database.with({ settings: { 'app.tenant': 'acme' } }).begin((session) => sql`select 1`.execute(session)),
]

let begun = 0
async function work(until: number): Promise<void> {
  while (begun < until) await kinds[begun++ % kinds.length]?.()
}

function heapMegabytes(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed / 2 ** 20
}

// Compiled code, prepared statements and the pool itself are not growth.
await Promise.all(Array.from({ length: AT_A_TIME }, () => work(Math.min(20_000, sessions / 10))))
begun = 0

const points: [sessions: number, megabytes: number][] = [[0, heapMegabytes()]]
for (let sample = 1; sample <= SAMPLES; sample++) {
  const until = Math.round((sessions * sample) / SAMPLES)
  await Promise.all(Array.from({ length: AT_A_TIME }, () => work(until)))
  points.push([until, heapMegabytes()])
  console.log(`${String(until).padStart(9)} sessions  ${points.at(-1)?.[1].toFixed(2)} MB`)
}

const slope = slopeOf(points) * 100_000
const { acquired, released, leaked } = database.engine.stats()
console.log(`the heap grows by ${slope.toFixed(3)} MB per 100,000 sessions (at most ${LIMIT_MB})`)
console.log(`acquired ${acquired}, released ${released}, leaked ${leaked}`)
process.exitCode = slope < LIMIT_MB && acquired === released && leaked === 0 ? 0 : 1

/** Of the line that fits best: a single sample says little about a heap. */
function slopeOf(all: readonly (readonly [x: number, y: number])[]): number {
  const meanX = all.reduce((sum, [x]) => sum + x, 0) / all.length
  const meanY = all.reduce((sum, [, y]) => sum + y, 0) / all.length
  const covariance = all.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  return covariance / all.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
}
