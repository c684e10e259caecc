/**
 * Plays the application through on a PostgreSQL of its own: `npm run demo`, or `FRAMEWORK=express npm run demo`.
 *
 * Ends with 0 if every status, every body and every number of round trips is the expected one.
 */
import { startPostgres } from 'async-database/testing'
import { Client } from './client.js'
import { paint, Play } from './play.js'
import { RoundTrips } from './round-trips.js'
import { chosenFramework, startService } from './service.js'

const ADA = { email: 'ada@example.org', password: 'correct horse' }
const SONG = { artist: 'Nina Simone', title: 'Feeling Good' }

const framework = chosenFramework()
await using server = await startPostgres({ logger: console.log })
// A schema of its own: the server may be that of DATABASE_URL, which keeps what it holds.
const service = await startService(framework, {
  url: server.url,
  schema: `songs_demo_${String(process.pid)}`,
})
const { created, durationMillis } = service.report
console.log(`created in ${String(durationMillis)} ms: ${created.join(', ')}`)
console.log(
  `${framework} on ${service.url}, policy on-success: COMMIT is answered before the response leaves`,
)

const client = new Client(service.url)
const roundTrips = new RoundTrips(service.database.engine)
const play = new Play(client, roundTrips)

await play.request(
  'Ada signs up',
  { method: 'POST', path: '/register', body: ADA },
  { status: 201, roundTrips: 2 },
)
await play.request(
  'again: the unique constraint says no, not a query before',
  { method: 'POST', path: '/register', body: ADA },
  { status: 409, roundTrips: 2 },
)
await play.request(
  'with a password that is too short',
  { method: 'POST', path: '/register', body: { ...ADA, password: 'horse' } },
  { status: 422, roundTrips: 0 },
)
await play.request(
  'a song, without having logged in',
  { method: 'POST', path: '/songs', body: SONG },
  { status: 401, roundTrips: 0 },
)
const { token } = (await play.request(
  'Ada logs in; the connection is back before her password is hashed',
  { method: 'POST', path: '/login', body: ADA },
  { status: 200, roundTrips: 2 },
)) as { token: string }
client.useToken(token)

const { id } = (await play.request(
  'a song',
  { method: 'POST', path: '/songs', body: SONG },
  { status: 201, roundTrips: 2 },
)) as { id: number }
const path = `/songs/${String(id)}`
await play.request(
  'the same song',
  { method: 'POST', path: '/songs', body: SONG },
  { status: 409, roundTrips: 2 },
)
await play.request(
  'another title',
  { method: 'PATCH', path, body: { title: 'Sinnerman' } },
  { status: 200, roundTrips: 2, body: hasTitle('Sinnerman') },
)
await play.request(
  'a song that is not there',
  { method: 'GET', path: '/songs/999999' },
  { status: 404, roundTrips: 2 },
)

await play.request(
  'an album whose third song is there already: fails half-way',
  {
    method: 'POST',
    path: '/albums',
    body: { artist: SONG.artist, titles: ['Lilac Wine', 'Four Women', 'Sinnerman'] },
  },
  { status: 409, roundTrips: 4 },
)
await play.request(
  '… and has left nothing',
  { method: 'GET', path: '/songs' },
  { status: 200, roundTrips: 2, body: (body) => Array.isArray(body) && body.length === 1 },
)

await play.request(
  'a remaster, which takes 10 s: the client hangs up, the statement is cancelled',
  { method: 'POST', path: `${path}/remaster`, hangUpWhen: () => roundTrips.answered(2) },
  { status: undefined, roundTrips: 4 },
)
await play.request(
  '… and the update before it was rolled back',
  { method: 'GET', path },
  { status: 200, roundTrips: 2, body: hasTitle('Sinnerman') },
)

await play.request('Ada deletes the song', { method: 'DELETE', path }, { status: 204, roundTrips: 2 })
await play.request('… which is gone', { method: 'GET', path }, { status: 404, roundTrips: 2 })

client.close()
const { inUse, idle, waiting, opened, acquired, released, destroyed } = service.database.engine.stats()
console.log(
  `\nThe pool: ${String(inUse)} in use, ${String(idle)} idle, ${String(waiting)} waiting; ` +
    `${String(opened)} opened, ${String(acquired)} lent, ${String(released)} returned, ${String(destroyed)} destroyed`,
)
if (inUse !== 0 || waiting !== 0 || acquired !== released) play.failures.push('a connection was not returned')
await service.database.dropAll({ schemas: true })
await service.stop()

if (play.failures.length > 0) {
  console.log(
    paint('red', `\nNot as expected:\n${play.failures.map((failure) => `- ${failure}`).join('\n')}`),
  )
  process.exitCode = 1
} else {
  console.log(paint('green', '\nAll as expected.'))
}

function hasTitle(title: string) {
  return (body: unknown): boolean => (body as { title?: unknown } | null)?.title === title
}
