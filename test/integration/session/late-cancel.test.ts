import { sql } from 'kysely'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, describe, onTestFinished } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { outcomeOf } from './failure-of.js'
import { openDatabase } from './open-database.js'

const cloned = cloneDatabase()
const LATE_MILLIS = 100

/** Delays each new connection, established ones not at all: so only a CancelRequest is late. */
async function urlWithLateConnections(): Promise<string> {
  const target = new URL(cloned.url)
  const relay = net.createServer({ pauseOnConnect: true }, (client) => {
    setTimeout(() => {
      const server = net.connect(Number(target.port), target.hostname)
      client.on('error', () => server.destroy())
      server.on('error', () => client.destroy())
      client.pipe(server).pipe(client)
      client.resume()
    }, LATE_MILLIS)
  })
  await new Promise<void>((listening) => relay.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void relay.close())
  const url = new URL(cloned.url)
  url.hostname = '127.0.0.1'
  url.port = String((relay.address() as net.AddressInfo).port)
  return url.href
}

// E8l: of 400 cancels that were not waited for, 206 hit an innocent statement.
describe('Session.abort: a CancelRequest that arrives late', () => {
  it('hits nothing of the next borrower when the statement ended by itself', async () => {
    const database = openDatabase(await urlWithLateConnections(), { pool: { size: 1, maxOverflow: 0 } })
    const session = database.session()
    await sql`select 1`.execute(session)
    const short = outcomeOf(sql`select pg_sleep(0.05)`.execute(session))
    await sleep(10)
    const aborted = session.abort('gone')
    await short
    await using next = database.session()
    await sql`select pg_sleep(0.3)`.execute(next)
    await aborted
  })

  it('is not sent for a ROLLBACK that is under way', async () => {
    const database = openDatabase(await urlWithLateConnections(), { pool: { size: 1, maxOverflow: 0 } })
    const session = database.session()
    await sql`select 1`.execute(session)
    const ended = [session.rollback(), session.abort('gone')]
    await using next = database.session()
    await sql`select pg_sleep(0.3)`.execute(next)
    await Promise.all(ended)
    expect(database.engine.stats()).toMatchObject({ opened: 1, destroyed: 0 })
  })
})
