/** Runs playground.ts, which git ignores, on a PostgreSQL of its own; writes a first one if there is none: `npm run playground`. */
import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startPostgres } from 'async-database/testing'

const playground = resolve(import.meta.dirname, '../playground.ts')
const first = `import { AsyncDatabase, Metadata, bigint, initializeDatabase, table, text, type InferDatabase } from 'async-database'

const person = table('person', { id: bigint().identity().primaryKey(), name: text().notNull() })
const tables = { person }
interface DB extends InferDatabase<typeof tables> {}

await using database = AsyncDatabase.fromEnv<DB>({ metadata: new Metadata({ tables }) })
await initializeDatabase(database)
database.engine.on('roundTrip', ({ statements }) => { console.log(statements.join('; ')) })

await using session = database.session()
await session.insertInto('person').values({ name: 'Ada' }).execute()
console.log(await session.selectFrom('person').selectAll().execute())
await session.commit()
`

if (!existsSync(playground)) {
  writeFileSync(playground, first)
  console.log('Wrote playground.ts; change it as you like, git ignores it.')
}
await using server = await startPostgres({ logger: console.log })
process.env['DATABASE_URL'] = server.url
await import(pathToFileURL(playground).href)
