import { beforeEach, describe, expect, it } from 'vitest'
import { NoResultFoundError } from '../../../src/errors/result-error.js'
import { UsageError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { loans, metadata, shelves, users } from './library-tables.js'
import { testSessions } from './unit-of-work-harness.js'

const database = cloneDatabase()
const open = testSessions(database, metadata)
beforeEach(async () => {
  await database.query(`insert into users (email) values ('ada'), ('grace')`)
})
const BOOK = '0e37df36-f698-11e6-8dd4-cb9ced3df976'

describe('UnitOfWork.get', () => {
  it('gives one object for one row, and asks the server once', async () => {
    const session = open()
    const [one, same, byNumber] = [
      await session.objects.get(users, 1n),
      await session.objects.get(users, 1),
      await session.objects.get(users, { id: 1n }),
    ]
    expect(one).toMatchObject({ id: 1n, email: 'ada', isActive: true, settings: {} })
    expect(same).toBe(one)
    expect(byNumber).toBe(one)
    expect(session.sent).toHaveLength(1)
  })

  it('gives one object also to those who ask at the same time', async () => {
    const { objects } = open()
    const [one, same] = await Promise.all([objects.get(users, 1n), objects.get(users, 1n)])
    expect(same).toBe(one)
  })

  it('finds a row by a key of several columns', async () => {
    await database.query(`insert into books (id, title) values ('${BOOK}', 'Notes')`)
    await database.query(`insert into loans values ('${BOOK}', 2)`)
    const { objects } = open()
    const loan = await objects.getOne(loans, { bookId: BOOK.toUpperCase(), userId: 2n })
    expect(loan).toEqual({ bookId: BOOK, userId: 2n, days: 14 })
    expect(await objects.get(loans, { userId: 2n, bookId: BOOK })).toBe(loan)
    await expect(objects.get(loans, 2n)).rejects.toThrow(/bookId, userId/)
  })

  it('gives nothing where there is no row, and getOne says so', async () => {
    const { objects } = open()
    expect(await objects.get(users, 99n)).toBe(undefined)
    await expect(objects.getOne(users, 99n)).rejects.toThrow(NoResultFoundError)
  })

  it('gives nothing for an object that is to be deleted', async () => {
    const { objects } = open()
    objects.delete(await objects.getOne(users, 1n))
    expect(await objects.get(users, 1n)).toBe(undefined)
  })

  it('keeps what was changed when the row is met again', async () => {
    const { objects } = open()
    const ada = await objects.getOne(users, 1n)
    ada.name = 'Ada'
    expect((await objects.getOne(users, 1n)).name).toBe('Ada')
    expect(objects.dirty).toEqual([ada])
  })

  it('writes what was changed before it reads with autoflush', async () => {
    const { objects } = open({ autoflush: true })
    const ada = await objects.getOne(users, 1n)
    objects.delete(ada)
    expect(await objects.get(users, 1n)).toBe(undefined)
    expect(objects.deleted).toEqual([])
  })
})

describe('UnitOfWork.refresh', () => {
  it('reads the row again, over what was changed', async () => {
    const { objects } = open()
    const ada = await objects.getOne(users, 1n)
    ada.name = 'changed'
    await database.query(`update users set email = 'new' where id = 1`)
    await objects.refresh(ada, ['email'])
    expect(ada).toMatchObject({ email: 'new', name: 'changed' })
    await objects.refresh(ada)
    expect(ada.name).toBe(null)
    expect(objects.dirty).toEqual([])
  })

  it('says when the row has gone, and lets the object go', async () => {
    const { objects } = open()
    const ada = await objects.getOne(users, 1n)
    await database.query('delete from users where id = 1')
    await expect(objects.refresh(ada)).rejects.toThrow(NoResultFoundError)
    expect(objects.contains(ada)).toBe(false)
  })
})

describe('UnitOfWork.merge', () => {
  it('brings values from elsewhere onto the object of their row', async () => {
    const session = open()
    const merged = await session.objects.merge(users, { id: 1n, name: 'Ada', email: 'ada' })
    expect(merged).toMatchObject({ id: 1n, email: 'ada', name: 'Ada', isActive: true })
    await session.commit()
    expect(await database.query('select name from users where id = 1')).toEqual([{ name: 'Ada' }])
  })

  it('makes a new object where there is no row', async () => {
    const session = open()
    const merged = await session.objects.merge(shelves, { id: 9, name: 'nine' })
    expect(session.objects.new).toEqual([merged])
    const other = await session.objects.merge(shelves, { name: 'without a key' })
    await session.commit()
    expect(other.id).toBe(1)
  })
})

describe('UnitOfWork', () => {
  it('tells new, dirty and deleted objects apart', async () => {
    const { objects } = open()
    const ada = await objects.getOne(users, 1n)
    const grace = await objects.getOne(users, 2n)
    const edsger = objects.add(users, { email: 'edsger' })
    ada.name = 'Ada'
    objects.delete(grace)
    expect([objects.new, objects.dirty, objects.deleted]).toEqual([[edsger], [ada], [grace]])
    expect([edsger, ada, grace].map((each) => objects.isModified(each))).toEqual([true, true, false])
    expect(objects.add(users, grace as never)).toBe(grace)
    expect(objects.deleted).toEqual([])
  })

  it('lets go of what is expunged', async () => {
    const session = open()
    const { objects } = session
    const ada = await objects.getOne(users, 1n)
    const edsger = objects.add(users, { email: 'edsger' })
    ada.name = 'Ada'
    objects.expunge(ada)
    objects.expunge(edsger)
    await session.commit()
    expect(await database.query('select email, name from users order by id')).toEqual([
      { email: 'ada', name: null },
      { email: 'grace', name: null },
    ])
    expect(await objects.get(users, 1n)).not.toBe(ada)
    expect(objects.add(users, edsger)).toBe(edsger)
    objects.expungeAll()
    expect(objects.new).toEqual([])
  })

  it('refuses what it does not know, and says what to do', async () => {
    const { objects } = open()
    expect(() => objects.delete({})).toThrow(UsageError)
    expect(() => objects.isModified({})).toThrow(/merge\(\)/)
    expect(() => objects.add(users, { mail: 'x' } as never)).toThrow(/Did you mean email\?/)
    expect(() => objects.delete(objects.add(users, { email: 'x' }))).toThrow(/expunge\(\)/)
    await expect(objects.refresh(objects.add(users, { email: 'y' }))).rejects.toThrow(/flush\(\)/)
  })

  it('leaves objects plain', async () => {
    const { objects } = open()
    const ada = await objects.getOne(users, 1n)
    expect(Object.getPrototypeOf(ada)).toBe(Object.prototype)
    expect(Reflect.ownKeys(ada)).toEqual(Object.keys(users).filter((key) => key !== '$'))
  })
})
