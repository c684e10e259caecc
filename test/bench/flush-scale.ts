// How the time of a flush grows with the number of objects, and what an object costs: `npm run flush-scale`.
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { AsyncDatabase, integer, Metadata, table, text, timestamptz } from '../../src/index.js'
import { startPostgres } from '../../src/testing/start-postgres.js'

const { values } = parseArgs({ options: { 'bin-directory': { type: 'string' } } })
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const entry = table('entry', {
  id: integer().identity().primaryKey(),
  name: text().notNull(),
  quantity: integer().notNull(),
  note: text(),
  created: timestamptz().notNull(),
})

await using server = await startPostgres({ binDirectory: values['bin-directory'] })
await using database = new AsyncDatabase<unknown>({
  url: server.url,
  metadata: new Metadata({ tables: { entry } }),
})
await database.createAll()

process.stdout.write(
  '| objects | insert ms | µs each | change 30 % ms | µs each | nothing changed ms | bytes each |\n',
)
process.stdout.write('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n')
for (const count of [1_000, 1_000, 3_000, 10_000, 30_000, 100_000])
  process.stdout.write(`${await measure(count)}\n`)

async function measure(count: number): Promise<string> {
  await using session = database.session()
  const values = Array.from({ length: count }, (_, index) => ({
    name: `Entry ${String(index)}`,
    quantity: index,
    created: new Date(1_700_000_000_000 + index),
  }))
  const before = usedBytes()
  const objects = session.addAll(entry, values)
  const insert = await timed(() => session.commit())
  const bytes = (usedBytes() - before) / count
  for (const [index, object] of objects.entries()) if (index % 10 < 3) object.quantity++
  const change = await timed(() => session.commit())
  const idle = await timed(() => session.commit())
  const cells = [
    count.toLocaleString('en'),
    insert.toFixed(1),
    ((insert / count) * 1_000).toFixed(1),
    change.toFixed(1),
    ((change / (count * 0.3)) * 1_000).toFixed(1),
    idle.toFixed(1),
    bytes.toFixed(0),
  ]
  return `| ${cells.join(' | ')} |`
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

function usedBytes(): number {
  collect()
  return process.memoryUsage().heapUsed
}
