import { beforeAll, describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { openLogged } from './open-logged.js'
import { rowsOf, withLease } from './run-statements.js'

const database = cloneDatabase()

/** What no text shows: functions that leave something, each in its own way. */
const FUNCTIONS = {
  work_mem: `perform set_config('work_mem', '7777kB', false)`,
  tenant: `perform set_config('app.tenant', 'acme', false)`,
  locked: `perform pg_advisory_lock(4711)`,
  listening: `listen orders`,
  temporary: `create temp table forged (id integer)`,
} as const

beforeAll(async () => {
  for (const [name, body] of Object.entries(FUNCTIONS))
    await database.query(
      `create function leave_${name}() returns void language plpgsql as $$ begin ${body}; end $$`,
    )
})

function open() {
  const { engine, lines } = openLogged(database.url, { pool: { size: 1, maxOverflow: 0, verifyReset: true } })
  return { engine, warnings: () => lines.filter(({ level }) => level === 'warn') }
}

describe('pool.verifyReset', () => {
  it.each([
    ['work_mem', 'setting work_mem', `select current_setting('work_mem') <> '7777kB' as is_clean`],
    ['tenant', 'setting app.tenant', `select current_setting('app.tenant', true) = '' as is_clean`],
    ['locked', 'advisory lock', `select count(*) = 0 as is_clean from pg_locks where locktype = 'advisory'`],
    ['listening', 'subscription orders', 'select count(*) = 0 as is_clean from pg_listening_channels()'],
    ['temporary', 'temporary relation forged', `select to_regclass('pg_temp.forged') is null as is_clean`],
  ] as const)(
    'finds what leave_%s() has left, names the statement, and takes it away',
    async (name, left, seen) => {
      const { engine, warnings } = open()
      const text = `select leave_${name}()`
      const first = await withLease(engine, async (lease) => {
        await rowsOf(lease, 'select 1 as one')
        await rowsOf(lease, text)
        return lease.processId
      })
      await withLease(engine, async (lease) => {
        expect(lease.processId).toBe(first)
        expect(await rowsOf(lease, seen)).toEqual([{ is_clean: true }])
      })
      expect(warnings()).toHaveLength(1)
      expect(warnings()[0]?.fields).toMatchObject({ left: [left], statements: [text] })
      expect(warnings()[0]?.message).toContain(`a session left a ${left} on its connection`)
    },
  )

  it('says nothing of settings that end with their transaction', async () => {
    const { engine, warnings } = open()
    await withLease(engine, async (lease) => {
      await rowsOf(lease, 'begin')
      await rowsOf(
        lease,
        `select set_config('app.tenant', 'acme', true), set_config('work_mem', '7777kB', true)`,
      )
      await rowsOf(lease, 'set local role pg_monitor')
      await rowsOf(lease, 'commit')
    })
    await withLease(engine, (lease) => rowsOf(lease, 'select 1 as one'))
    expect(warnings()).toEqual([])
  })

  it('says nothing of what the statements tell themselves: that is taken away in any case', async () => {
    const { engine, warnings } = open()
    await withLease(engine, (lease) => rowsOf(lease, `set work_mem = '7777kB'`))
    await withLease(engine, async (lease) => {
      expect(await rowsOf(lease, `select current_setting('work_mem') = '7777kB' as is_dirty`)).toEqual([
        { is_dirty: false },
      ])
    })
    expect(warnings()).toEqual([])
  })

  it('blames no statement of an earlier loan', async () => {
    const { engine, warnings } = open()
    await withLease(engine, (lease) => rowsOf(lease, 'select upper($$innocent$$) as one'))
    await withLease(engine, (lease) => rowsOf(lease, 'select leave_work_mem()'))
    await withLease(engine, (lease) => rowsOf(lease, 'select 1 as one'))
    expect(warnings()[0]?.fields['statements']).toEqual(['select leave_work_mem()'])
  })

  it('serves those who wait, however many they are', async () => {
    const { engine } = open()
    const all = Array.from({ length: 30 }, (_, index) =>
      withLease(engine, (lease) => rowsOf(lease, `select ${index}::int as n`)),
    )
    expect(await Promise.all(all)).toHaveLength(30)
    expect(engine.stats()).toMatchObject({ inUse: 0, waiting: 0, opened: 1 })
  })

  it('is off by default: nothing more is sent', async () => {
    const { engine, lines } = openLogged(database.url, { pool: { size: 1 } })
    await withLease(engine, (lease) => rowsOf(lease, 'select leave_work_mem()'))
    expect(lines.filter(({ level }) => level === 'warn')).toEqual([])
  })
})
