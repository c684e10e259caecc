import { describe, expect, it } from 'vitest'
import { Freshness } from '../../../src/engine/freshness.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import type { Connection } from '../../../src/postgres/connection.js'

function openedNow(freshness: Freshness): Connection {
  const connection = { openedAt: performance.now(), retireAt: Number.POSITIVE_INFINITY }
  freshness.onOpened(connection as unknown as Connection)
  return connection as unknown as Connection
}

function loss(sqlState?: string): DisconnectedError {
  return new DisconnectedError({ message: 'lost', sqlState })
}

/** The clock must move between two things of which one is to be older. */
function nextMoment(): void {
  const now = performance.now()
  while (performance.now() === now);
}

describe('Freshness', () => {
  // P7: a pool that was filled at once must not be emptied at once.
  it('gives connections that were opened together lifetimes that differ, by a tenth at most', () => {
    const freshness = new Freshness(60_000)
    const lifetimes = Array.from({ length: 200 }, () => {
      const { openedAt, retireAt } = openedNow(freshness)
      return retireAt - openedAt
    })
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(54_000)
    expect(Math.max(...lifetimes)).toBeLessThan(60_100)
    expect(Math.max(...lifetimes) - Math.min(...lifetimes)).toBeGreaterThan(3_000)
  })

  it('gives no lifetime when recycleMillis is 0', () => {
    expect(openedNow(new Freshness(0)).retireAt).toBe(Number.POSITIVE_INFINITY)
  })

  it('knows that a connection has served its time', () => {
    const freshness = new Freshness(60_000)
    const connection = openedNow(freshness)
    expect(freshness.isStale(connection)).toBe(false)
    connection.retireAt = performance.now()
    expect(freshness.isStale(connection)).toBe(true)
  })

  it.each([undefined, '57P01', '57P02', '57P03', '08006', '08003'])(
    'distrusts the elders of a connection that was lost (%s), and none that come after',
    (sqlState) => {
      const freshness = new Freshness(0)
      const elder = openedNow(freshness)
      nextMoment()
      freshness.onLost(loss(sqlState))
      nextMoment()
      expect(freshness.isStale(elder)).toBe(true)
      expect(freshness.isStale(openedNow(freshness))).toBe(false)
    },
  )

  // idle_in_transaction_session_timeout, idle_session_timeout: the server does these to one connection alone.
  it.each(['25P03', '57P05'])('trusts the others when one was lost to %s', (sqlState) => {
    const freshness = new Freshness(0)
    const elder = openedNow(freshness)
    nextMoment()
    freshness.onLost(loss(sqlState))
    expect(freshness.isStale(elder)).toBe(false)
  })
})
