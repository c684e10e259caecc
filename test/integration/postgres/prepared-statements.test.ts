import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lease } from '../../../src/engine/lease.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { openEngine } from '../engine/open-engine.js'
import { rowsOf, sendGroup } from '../engine/run-statements.js'
import { pastPooler } from '../../support/via.js'

const database = cloneDatabase()
let proxy: NetworkProxy

beforeEach(async () => {
  proxy = await NetworkProxy.start(pastPooler(database.url))
})
afterEach(async () => {
  await proxy.stop()
})

/** A connection through the proxy, which is given back at the end. */
async function withConnection(work: (lease: Lease) => Promise<void>): Promise<void> {
  const lease = await openEngine(proxy.urlFor(database.url)).acquire()
  try {
    await work(lease)
  } finally {
    lease.release()
  }
}

/** Texts that were parsed since the last clear. */
function parsedTexts(): string[] {
  return proxy.recorder.events.flatMap(({ message }) =>
    message.name === 'Parse' ? [message.text ?? ''] : [],
  )
}

/** What the server holds, by its own account. */
async function preparedOnServer(lease: Lease): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(lease, 'fetch all from held')
  return rows.map(({ name }) => name)
}

describe('A statement', () => {
  it('is parsed and described once on a connection, however often it runs', async () => {
    await withConnection(async (lease) => {
      proxy.recorder.clear()
      for (let id = 1; id <= 5; id++) {
        expect(await rowsOf(lease, 'select id from account where id = $1', id)).toEqual([{ id }])
      }
      expect(parsedTexts()).toEqual(['select id from account where id = $1'])
      const described = proxy.recorder.events.filter(({ message }) => message.name === 'Describe')
      expect(described).toHaveLength(1)
      expect(proxy.recorder.roundTrips).toBe(5)
    })
  })

  it('is parsed once even when it runs many times in its first group', async () => {
    await withConnection(async (lease) => {
      const text = 'select $1::int as value'
      const group = await sendGroup(lease, [text, 1], [text, 2], [text, 3])
      expect(group.outcomes).toMatchObject([1, 2, 3].map((value) => ({ rows: [{ value }] })))
      expect(parsedTexts()).toEqual([text])
    })
  })

  it('is parsed again on another connection', async () => {
    const engine = openEngine(proxy.urlFor(database.url), { pool: { size: 2 } })
    const leases = [await engine.acquire(), await engine.acquire()]
    for (const lease of leases) await rowsOf(lease, 'select 1 as one')
    for (const lease of leases) lease.release()
    expect(parsedTexts()).toEqual(['select 1 as one', 'select 1 as one'])
  })

  it('stays prepared for the next borrower', async () => {
    const engine = openEngine(proxy.urlFor(database.url))
    for (let loan = 0; loan < 3; loan++) {
      const lease = await engine.acquire()
      await rowsOf(lease, 'select 1 as one')
      lease.release()
    }
    expect(parsedTexts()).toEqual(['select 1 as one'])
  })

  it('has a name of safe characters and fewer than 63 bytes', async () => {
    await withConnection(async (lease) => {
      await rowsOf(lease, `select 1 as "${'é'.repeat(30)}"`)
      await rowsOf(lease, 'select 2 as constructor')
      for (const name of proxy.recorder.boundNames) expect(name).toMatch(/^[a-z][a-z0-9_]{0,61}$/)
      expect(new Set(proxy.recorder.boundNames).size).toBe(2)
    })
  })

  it('that failed to parse does so again, without harm to its name', async () => {
    await withConnection(async (lease) => {
      const text = 'select * from not_there_yet'
      for (let attempt = 0; attempt < 2; attempt++) {
        expect((await sendGroup(lease, text)).error).toMatchObject({ sqlState: '42P01' })
      }
      await sendGroup(lease, 'create temporary table not_there_yet (id int)')
      expect(await rowsOf(lease, text)).toEqual([])
    })
  })

  it('that stood behind a failing one in its group works afterwards', async () => {
    await withConnection(async (lease) => {
      const group = await sendGroup(lease, 'select 1 / 0 as broken', 'select 2 as behind')
      expect(group).toMatchObject({ error: { sqlState: '22012' }, outcomes: [], status: 'I' })
      expect(await rowsOf(lease, 'select 2 as behind')).toEqual([{ behind: 2 }])
    })
  })

  it('that is not worth a plan of its own leaves nothing behind on the server', async () => {
    await withConnection(async (lease) => {
      await sendGroup(lease, 'show search_path', 'set lock_timeout = 0', `select ${'1,'.repeat(20_000)}1`)
      await sendGroup(lease, 'begin', 'declare held cursor for select name from pg_prepared_statements')
      expect(await preparedOnServer(lease)).not.toContain('')
      expect((await preparedOnServer(lease)).length).toBeLessThanOrEqual(1)
      await sendGroup(lease, 'rollback')
    })
  })
})

describe('The cache of statements', () => {
  it('keeps what the server holds bounded: the least recently used is closed', async () => {
    await withConnection(async (lease) => {
      const often = 'select 0 as often'
      for (let number = 1; number <= 400; number++) {
        await sendGroup(lease, `select ${number} as value`, often)
      }
      const [row] = await rowsOf(lease, 'select count(*)::int as count from pg_prepared_statements')
      expect(row!['count']).toBeGreaterThan(50)
      expect(row!['count']).toBeLessThanOrEqual(260)
      const closed = proxy.recorder.events.filter(({ message }) => message.name === 'Close')
      expect(closed.length).toBeGreaterThanOrEqual(400 - 260)
      expect(parsedTexts().filter((text) => text === often)).toHaveLength(1)
    })
  })

  it('answers every statement right while it is churned in groups larger than itself', async () => {
    await withConnection(async (lease) => {
      for (let round = 0; round < 2; round++) {
        const numbers = Array.from({ length: 400 }, (_, index) => index)
        const group = await sendGroup(lease, ...numbers.map((number) => `select ${number} as value`))
        expect(group.error).toBeUndefined()
        expect(group.outcomes.map((outcome) => ('rows' in outcome ? outcome.rows : outcome))).toEqual(
          numbers.map((value) => [{ value }]),
        )
      }
    })
  })
})

describe('A prepared statement whose plan no longer fits', () => {
  beforeEach(async () => {
    await database.query('drop table if exists shape; create table shape (a int)')
    await database.query('insert into shape values (1)')
  })

  // 0A000 "cached plan must not change result type": pg's own client repeats it for ever (E10).
  it('fails at most once after ALTER TABLE, then has the new columns', async () => {
    await withConnection(async (lease) => {
      const text = 'select * from shape'
      expect(await rowsOf(lease, text)).toEqual([{ a: 1 }])
      await database.query("alter table shape add column b text default 'new'")
      const first = await sendGroup(lease, text)
      if (first.error !== undefined) expect(first.error).toMatchObject({ sqlState: '0A000' })
      expect(await rowsOf(lease, text)).toEqual([{ a: 1, b: 'new' }])
      expect(await rowsOf(lease, text)).toEqual([{ a: 1, b: 'new' }])
    })
  })

  it('never shows the rows of one shape under the columns of another', async () => {
    await withConnection(async (lease) => {
      const text = 'select * from shape'
      await rowsOf(lease, text)
      await database.query('alter table shape alter column a type text using $$text of $$ || a')
      await sendGroup(lease, text)
      expect(await rowsOf(lease, text)).toEqual([{ a: 'text of 1' }])
    })
  })

  it('inside a transaction fails that transaction, and works in the next one', async () => {
    await withConnection(async (lease) => {
      const text = 'select * from shape'
      await rowsOf(lease, text)
      await sendGroup(lease, 'begin')
      await database.query('alter table shape add column b int')
      const failed = await sendGroup(lease, text)
      expect(failed).toMatchObject({ error: { sqlState: '0A000' }, status: 'E' })
      await sendGroup(lease, 'rollback')
      const next = await sendGroup(lease, 'begin', text, 'commit')
      expect(next).toMatchObject({ error: undefined, status: 'I' })
    })
  })

  it.each(['deallocate all', 'discard all', 'discard plans; deallocate all'])(
    'fails at most once for all statements together after %s',
    async (command) => {
      await withConnection(async (lease) => {
        const texts = ['begin', 'select 1 as one', 'select 2 as two', 'select 3 as three', 'select 4 as four']
        for (const text of texts) await sendGroup(lease, text)
        await sendGroup(lease, 'commit')
        for (const each of command.split(';')) await sendGroup(lease, each)
        const errors: unknown[] = []
        for (let round = 0; round < 2; round++) {
          for (const text of texts.slice(1)) {
            const { error } = await sendGroup(lease, text)
            if (error !== undefined) errors.push(error)
          }
        }
        expect(errors.length).toBeLessThanOrEqual(1)
        for (const error of errors) expect(error).toMatchObject({ sqlState: '26000' })
      })
    },
  )

  it('of one name that was deallocated takes no other with it, and leaks none on the server', async () => {
    await withConnection(async (lease) => {
      for (let number = 0; number < 200; number++) await sendGroup(lease, `select ${number} as value`)
      const [row] = await rowsOf(
        lease,
        "select name, statement from pg_prepared_statements where statement = 'select 7 as value'",
      )
      await sendGroup(lease, `deallocate ${String(row!['name'])}`)
      await sendGroup(lease, 'select 7 as value')
      expect(await rowsOf(lease, 'select 7 as value')).toEqual([{ value: 7 }])
      for (let number = 0; number < 200; number++) {
        expect(await rowsOf(lease, `select ${number} as value`)).toEqual([{ value: number }])
      }
      const [count] = await rowsOf(lease, 'select count(*)::int as count from pg_prepared_statements')
      expect(count!['count']).toBeLessThanOrEqual(260)
    })
  })

  it('costs no connection', async () => {
    await withConnection(async (lease) => {
      const { processId } = lease
      await rowsOf(lease, 'select 1 as one')
      await sendGroup(lease, 'deallocate all')
      await sendGroup(lease, 'select 1 as one')
      await rowsOf(lease, 'select 1 as one')
      expect(lease.processId).toBe(processId)
    })
  })
})

describe('A prepared statement under another search_path', () => {
  it('reads the tables of the path that holds when it runs', async () => {
    await database.query(
      'create schema one; create table one.which as select 1 as number, $$x$$ as only_here',
    )
    await database.query('create schema two; create table two.which as select 2 as number')
    await withConnection(async (lease) => {
      const text = 'select number from which'
      const read = async (schema: string): Promise<unknown> => {
        const group = await sendGroup(lease, 'begin', `set local search_path = ${schema}`, text, 'commit')
        expect(group.error).toBeUndefined()
        return group.outcomes[2]
      }
      for (const [schema, number] of [
        ['one', 1],
        ['two', 2],
        ['one', 1],
      ] as const) {
        expect(await read(schema)).toMatchObject({ rows: [{ number }] })
      }
    })
  })
})
