import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  AsyncDatabase,
  integer,
  LazyLoadError,
  Metadata,
  table,
  text,
  type DatabaseOptions,
} from '../../../src/index.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'

const cloned = cloneDatabase()
const writers = table('writers', { id: integer().identity().primaryKey(), name: text().notNull().unique() })
const metadata = new Metadata({ tables: { writers } })
interface DB {
  writers: { id: number; name: string }
}
const open: AsyncDatabase<DB>[] = []

function database(session: DatabaseOptions['session'] = {}): AsyncDatabase<DB> {
  const made = new AsyncDatabase<DB>({ ...via(cloned.url), metadata, session })
  open.push(made)
  return made
}

beforeAll(async () => {
  await using made = new AsyncDatabase<DB>({ ...via(cloned.url), metadata })
  await made.createAll()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((made) => made.close({ graceMillis: 0 })))
  await cloned.query('truncate writers')
})

describe('the session option expireOnCommit', () => {
  it('takes the values of objects away at commit, and says how to get them back', async () => {
    await using session = database({ expireOnCommit: true }).session()
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    expect(typeof ada.id).toBe('number')
    expect(() => ada.name).toThrow(LazyLoadError)
    expect(() => ada.name).toThrow(/name of this writers object was expired.*session\.refresh\(object\)/)
    await cloned.query("update writers set name = 'changed elsewhere'")
    await session.refresh(ada)
    expect(ada.name).toBe('changed elsewhere')
  })

  it('fills an expired object in when its row is loaded again', async () => {
    await using session = database().session({ expireOnCommit: true })
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    await cloned.query("update writers set name = 'new'")
    expect(await session.get(writers, ada.id)).toBe(ada)
    expect(ada.name).toBe('new')
  })

  it('lets an expired column be written without reading it', async () => {
    await using session = database({ expireOnCommit: true }).session()
    const ada = session.add(writers, { name: 'Ada' })
    await session.commit()
    ada.name = 'Grace'
    await session.commit()
    expect(await cloned.query('select name from writers')).toEqual([{ name: 'Grace' }])
  })

  it('is off unless asked for, and a session can switch it off', async () => {
    for (const session of [
      database().session(),
      database({ expireOnCommit: true }).session({ expireOnCommit: false }),
    ]) {
      const ada = session.add(writers, { name: `Ada ${session.id}` })
      await session.commit()
      expect(ada.name).toContain('Ada')
      await session.close()
    }
  })
})

describe('the session option autoflush', () => {
  it('writes what is pending before any query of the session', async () => {
    await using session = database({ autoflush: true }).session()
    const ada = session.add(writers, { name: 'Ada' })
    expect(await session.selectFrom('writers').select('name').execute()).toEqual([{ name: 'Ada' }])
    ada.name = 'Grace'
    expect(await session.selectFrom('writers').select('name').execute()).toEqual([{ name: 'Grace' }])
    session.delete(ada)
    const streamed: unknown[] = []
    for await (const row of session.selectFrom('writers').selectAll().stream()) streamed.push(row)
    expect(streamed).toEqual([])
  })

  it('keeps the order of statements that are started together', async () => {
    await using session = database().session({ autoflush: true })
    session.add(writers, { name: 'Ada' })
    const [first, , second] = await Promise.all([
      session.selectFrom('writers').select('name').execute(),
      session
        .insertInto('writers')
        .values({ name: 'Bob' } as never)
        .execute(),
      session.selectFrom('writers').select('name').orderBy('name').execute(),
    ])
    expect([first, second]).toEqual([[{ name: 'Ada' }], [{ name: 'Ada' }, { name: 'Bob' }]])
  })

  it('is off unless asked for', async () => {
    await using session = database().session()
    session.add(writers, { name: 'Ada' })
    expect(await session.selectFrom('writers').selectAll().execute()).toEqual([])
    expect(session.new).toHaveLength(1)
  })
})

describe('the hooks of flushes', () => {
  it('run around a flush that has something to write, those of the database first', async () => {
    const made = database()
    const seen: string[] = []
    made.events.beforeFlush((_, objects) => void seen.push(`database ${String(objects.new.length)}`))
    await using session = made.session()
    session.events.beforeFlush((given, objects) => {
      expect(given).toBe(session)
      seen.push(`session ${String(objects.new.length)}`)
    })
    session.events.afterFlush((_, { new: added, dirty, deleted }) => {
      seen.push(`after ${[added, dirty, deleted].map(({ length }) => length).join()}`)
    })
    await session.flush()
    expect(seen).toEqual([])
    session.add(writers, { name: 'Ada' })
    await session.commit()
    expect(seen).toEqual(['database 1', 'session 1', 'after 1,0,0'])
  })

  it('may add, change and query before the flush, also with autoflush', async () => {
    await using session = database({ autoflush: true }).session()
    session.events.beforeFlush(async (given, objects) => {
      const { length } = await given.selectFrom('writers').selectAll().execute()
      for (const object of objects.new as { name: string }[]) object.name += ` ${String(length)}`
      given.add(writers, { name: 'companion' })
    })
    session.add(writers, { name: 'Ada' })
    await session.commit()
    expect(await cloned.query('select name from writers order by name')).toEqual([
      { name: 'Ada 0' },
      { name: 'companion' },
    ])
  })

  it('of a table run before each of its rows is written, and may change it', async () => {
    const made = database()
    const seen: unknown[] = []
    made.events.beforeInsert(writers, (writer) => {
      writer.name = writer.name.trim()
    })
    made.events.beforeUpdate(writers, async (writer, _, columns) => {
      await Promise.resolve()
      seen.push(columns)
      writer.name = writer.name.toUpperCase()
    })
    const remove = made.events.beforeDelete(writers, (writer) => void seen.push(writer.name))
    await using session = made.session()
    const ada = session.add(writers, { name: ' Ada ' })
    await session.commit()
    expect(ada.name).toBe('Ada')
    ada.name = 'Grace'
    await session.commit()
    expect(await cloned.query('select name from writers')).toEqual([{ name: 'GRACE' }])
    session.delete(ada)
    await session.commit()
    remove()
    expect(seen).toEqual([['name'], 'GRACE'])
  })

  it('stop the flush by throwing, and the session can go on', async () => {
    await using session = database().session()
    const remove = session.events.beforeInsert(writers, () => {
      throw new RangeError('not on Sundays')
    })
    session.add(writers, { name: 'Ada' })
    await expect(session.flush()).rejects.toThrow(RangeError)
    remove()
    await session.commit()
    expect(await cloned.query('select name from writers')).toEqual([{ name: 'Ada' }])
  })

  it('can not ask for a flush themselves', async () => {
    await using session = database().session()
    session.events.beforeFlush((given) => given.flush())
    session.add(writers, { name: 'Ada' })
    await expect(session.flush()).rejects.toThrow(/a hook of the flush/)
  })

  it('are refused for a table that the metadata does not have', () => {
    const others = table('others', { id: integer().primaryKey() })
    expect(() => database().events.beforeInsert(others, () => undefined)).toThrow(
      /not a table of this database/,
    )
  })
})
