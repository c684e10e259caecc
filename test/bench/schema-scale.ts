// What reading and making a schema costs: `npm run bench:schema -- --bin-directory /usr/lib/postgresql/15/bin`.
// reflect() of 370 tables against pg_dump --schema-only, which is found only beside some servers; then createAll() of 125,
// 250 and 500 tables. Everything takes turns, so that a busy machine slows all alike.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { AsyncDatabase, reflect, type Metadata } from '../../src/index.js'
import { startPostgres } from '../../src/testing/start-postgres.js'
import { censusSchema } from '../support/census-schema.js'
import { executeOnce, temporaryDatabase } from '../support/temporary-database.js'
import { spread } from './statistics.js'

const { values } = parseArgs({
  options: { 'bin-directory': { type: 'string' }, rounds: { type: 'string', default: '9' } },
})
const rounds = Number(values.rounds)
const directory = values['bin-directory']
const dump = directory === undefined ? undefined : join(directory, 'pg_dump')

await using server = await startPostgres({ binDirectory: directory })
await compareWithDump()
await compareSizes([125, 250, 500])

async function compareWithDump(): Promise<void> {
  await using one = await temporaryDatabase(server.url)
  await executeOnce(one.url, censusSchema(370))
  await using database = new AsyncDatabase({ url: one.url })
  const counts = countsOf(database)
  const [reflections, dumps]: [number[], number[]] = [[], []]
  const isAtHand = dump !== undefined && existsSync(dump)
  for (let round = 0; round < rounds; round++) {
    reflections.push(await timed(() => reflect(database)))
    // The first round compiles what runs in the others.
    if (round === 0) console.log(`first reflect(): ${reflections.pop()!.toFixed(0)} ms, ${counts.take()}`)
    if (isAtHand)
      dumps.push(await timed(() => execFileSync(dump, ['--schema-only', one.url], { maxBuffer: 2 ** 28 })))
  }
  console.log(`PostgreSQL ${server.version}, 370 tables: reflect() ${milliseconds(reflections)}`)
  if (!isAtHand) {
    console.log('pg_dump is not at hand: name its folder by --bin-directory')
    return
  }
  const ratio = spread(reflections).median / spread(dumps).median
  console.log(`pg_dump --schema-only ${milliseconds(dumps)}; ratio ${ratio.toFixed(2)} (at most 3)`)
  if (ratio > 3) process.exitCode = 1
}

async function compareSizes(sizes: readonly number[]): Promise<void> {
  const runs: { size: number; metadata: Metadata; times: number[]; cost: string }[] = []
  for (const size of sizes) {
    await using source = await temporaryDatabase(server.url)
    await executeOnce(source.url, censusSchema(size))
    await using database = new AsyncDatabase({ url: source.url })
    runs.push({ size, metadata: await reflect(database), times: [], cost: '' })
  }
  for (let round = 0; round < rounds; round++) {
    for (const run of runs) {
      await using empty = await temporaryDatabase(server.url)
      await using database = new AsyncDatabase({ url: empty.url, metadata: run.metadata })
      const counts = countsOf(database)
      run.times.push(await timed(() => database.createAll()))
      run.cost = counts.take()
    }
  }
  for (const { size, times, cost } of runs) {
    const each = spread(times).median / size
    console.log(
      `createAll() of ${size} tables: ${milliseconds(times)}, ${each.toFixed(2)} ms a table, ${cost}`,
    )
  }
}

function countsOf({ engine }: AsyncDatabase<unknown>): { take(): string } {
  let [statements, roundTrips] = [0, 0]
  engine.on('statement', () => statements++)
  engine.on('roundTrip', () => roundTrips++)
  return { take: () => `${statements} statements in ${roundTrips} round trips` }
}

async function timed(work: () => unknown): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function milliseconds(times: readonly number[]): string {
  const { median, min, max } = spread(times)
  return `${median.toFixed(0)} ms (${min.toFixed(0)} to ${max.toFixed(0)})`
}
