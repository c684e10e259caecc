/** Starts PostgreSQL and prints its URL, for psql or a second terminal; Ctrl-C stops it and removes its data: `npm run db`. */
import { once } from 'node:events'
import { startPostgres } from 'async-database/testing'

const server = await startPostgres({ logger: console.log })
console.log(`\n${server.url}\n\nCtrl-C stops it.`)
// A signal alone does not keep a process alive.
const alive = setInterval(() => undefined, 60_000)
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
clearInterval(alive)
await server.stop()
