import { describe, expect, it } from 'vitest'
import { LazyLoadError, PendingRollbackError } from '../../../src/errors/usage-error.js'
import { StaleDataError } from '../../../src/errors/transaction-error.js'
import { UniqueViolationError } from '../../../src/errors/integrity-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { books, metadata, shelves, users } from './library-tables.js'
import { testSessions } from './unit-of-work-harness.js'

const database = cloneDatabase()
const open = testSessions(database, metadata)

describe('UnitOfWork.afterRollback', () => {
  it('makes flushed new objects transient, without what the server had given them, so that they can be added again', async () => {
    const session = open()
    const { objects } = session
    const ada = objects.add(users, { email: 'ada@example.org' })
    const book = objects.add(books, { title: 'Notes', ownerId: objects.later(ada, 'id') })
    await objects.flush()
    expect(book.ownerId).toBe(ada.id)
    await session.rollback()
    expect(objects.contains(ada)).toBe(false)
    expect(ada).toMatchObject({ id: undefined, email: 'ada@example.org', createdAt: undefined, name: null })
    expect(objects.add(users, ada)).toBe(ada)
    expect(objects.add(books, book)).toBe(book)
    await session.commit()
    expect(ada.id).toBe(2n)
    expect(book.ownerId).toBe(2n)
  })

  it('takes objects out that were never flushed', async () => {
    const session = open()
    const ada = session.objects.add(users, { email: 'ada@example.org' })
    await session.rollback()
    expect(session.objects.new).toEqual([])
    expect(session.objects.contains(ada)).toBe(false)
  })

  it('gives changed objects the values back that the database has, flushed or not', async () => {
    const session = open()
    const { objects } = session
    const ada = objects.add(users, { email: 'ada@example.org', settings: { tags: ['a'] } })
    await session.commit()
    ada.name = 'Ada'
    ada.settings.tags!.push('b')
    await objects.flush()
    ada.email = 'other@example.org'
    await session.rollback()
    expect(ada).toMatchObject({ email: 'ada@example.org', name: null, settings: { tags: ['a'] } })
    expect(objects.isModified(ada)).toBe(false)
    expect(objects.dirty).toEqual([])
  })

  it('brings deleted objects back, flushed or not', async () => {
    const session = open()
    const { objects } = session
    const [one, two] = objects.addAll(shelves, [{ name: 'one' }, { name: 'two' }])
    await session.commit()
    objects.delete(one!)
    await objects.flush()
    expect(objects.contains(one!)).toBe(false)
    objects.delete(two!)
    await session.rollback()
    expect(objects.deleted).toEqual([])
    expect(await objects.get(shelves, one!.id)).toBe(one)
    one!.name = 'renamed'
    await session.commit()
    expect(await database.query('select name from shelves order by id')).toEqual([
      { name: 'renamed' },
      { name: 'two' },
    ])
  })

  it('forgets an object that was inserted and deleted in the same transaction', async () => {
    const session = open()
    const { objects } = session
    const shelf = objects.add(shelves, { name: 'one' })
    await objects.flush()
    objects.delete(shelf)
    await objects.flush()
    await session.rollback()
    expect(objects.contains(shelf)).toBe(false)
    expect(shelf.id).toBe(undefined)
  })

  it('gives a row its old key back', async () => {
    const session = open()
    const { objects } = session
    const shelf = objects.add(shelves, { id: 1, name: 'one' })
    await session.commit()
    shelf.id = 5
    await objects.flush()
    expect(await objects.get(shelves, 5)).toBe(shelf)
    await session.rollback()
    expect(shelf.id).toBe(1)
    expect(await objects.get(shelves, 1)).toBe(shelf)
    expect(await objects.get(shelves, 5)).toBe(undefined)
  })

  it('reads anew what was loaded, for it may never have been committed', async () => {
    const session = open()
    const { objects } = session
    await database.query(`insert into shelves (name) values ('one')`)
    await session.query(`update shelves set name = 'never committed'`)
    const shelf = await objects.getOne(shelves, 1)
    expect(shelf.name).toBe('never committed')
    await session.rollback()
    expect(await objects.getOne(shelves, 1)).toBe(shelf)
    expect(shelf.name).toBe('one')
  })
})

describe('UnitOfWork.flush after a failure', () => {
  it('refuses to write anything more until a rollback', async () => {
    const session = open()
    const { objects } = session
    objects.addAll(users, [{ email: 'same' }, { email: 'same' }])
    await expect(objects.flush()).rejects.toThrow(UniqueViolationError)
    await expect(objects.flush()).rejects.toThrow(PendingRollbackError)
    await session.rollback()
    const ada = objects.add(users, { email: 'ada' })
    await session.commit()
    expect(ada.email).toBe('ada')
  })

  it('names the objects whose rows have gone', async () => {
    const session = open()
    const { objects } = session
    const all = objects.addAll(
      shelves,
      ['a', 'b', 'c'].map((name) => ({ name })),
    )
    await session.commit()
    await database.query(`delete from shelves where name = 'b'`)
    for (const shelf of all) shelf.name += '!'
    const failure = await objects.flush().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StaleDataError)
    expect((failure as StaleDataError).objects).toEqual([all[1]])
    expect((failure as StaleDataError).isRetryable).toBe(true)
    await expect(session.commit()).rejects.toThrow(PendingRollbackError)
    await session.rollback()
    expect(all.map((shelf) => shelf.name)).toEqual(['a', 'b', 'c'])
  })

  it('names the column of a value that has no faithful form, before anything is sent', async () => {
    const session = open()
    session.objects.add(users, { email: Symbol('x') as unknown as string })
    await expect(session.objects.flush()).rejects.toThrow(/users\.email/)
    expect(session.sent).toEqual([])
    await session.rollback()
  })
})

describe('UnitOfWork.beginSavepoint', () => {
  it('returns objects to what they were when the savepoint began, unflushed changes included', async () => {
    const session = open()
    const { objects } = session
    const [one, two, three] = objects.addAll(
      shelves,
      ['one', 'two', 'three'].map((name) => ({ name })),
    )
    await session.commit()
    one!.name = 'changed before'
    objects.delete(three!)
    const before = objects.add(shelves, { name: 'added before' })
    let inside: object | undefined
    await session
      .nested(async () => {
        one!.name = 'changed inside'
        two!.name = 'changed inside'
        before.name = 'changed inside'
        inside = objects.add(shelves, { name: 'added inside' })
        await objects.flush()
        expect(before.id).toBe(4)
        throw new Error('undo')
      })
      .catch(() => undefined)
    expect(objects.contains(inside!)).toBe(false)
    expect(objects.new).toEqual([before])
    expect(before).toEqual({ id: undefined, name: 'added before', parentId: null })
    expect(objects.deleted).toEqual([three])
    expect(objects.dirty).toEqual([one])
    expect([one!.name, two!.name]).toEqual(['changed before', 'two'])
    await session.commit()
    expect(await database.query('select name from shelves order by name')).toEqual([
      { name: 'added before' },
      { name: 'changed before' },
      { name: 'two' },
    ])
  })

  it('belongs to the transaction once it was released', async () => {
    const session = open()
    const { objects } = session
    const one = objects.add(shelves, { name: 'one' })
    await session.commit()
    const added = await session.nested(async () => {
      one.name = 'changed'
      return objects.add(shelves, { name: 'inside' })
    })
    expect(added.id).toBe(2)
    expect(objects.isModified(one)).toBe(false)
    await session.rollback()
    expect(one.name).toBe('one')
    expect(objects.contains(added)).toBe(false)
  })

  it('revives the unit of work after a flush that failed inside', async () => {
    const session = open()
    const { objects } = session
    const ada = objects.add(users, { email: 'ada' })
    await objects.flush()
    await expect(session.nested(async () => objects.add(users, { email: 'ada' }))).rejects.toThrow(
      UniqueViolationError,
    )
    ada.name = 'Ada'
    await session.commit()
    expect(await database.query('select email, name from users')).toEqual([{ email: 'ada', name: 'Ada' }])
  })

  it('nests', async () => {
    const session = open()
    const { objects } = session
    const shelf = objects.add(shelves, { name: '0' })
    await session.commit()
    await session
      .nested(async () => {
        shelf.name = '1'
        await session.nested(async () => {
          shelf.name = '2'
        })
        expect(shelf.name).toBe('2')
        throw new Error('undo both')
      })
      .catch(() => undefined)
    expect(shelf.name).toBe('0')
    await session.commit()
    expect(await database.query('select name from shelves')).toEqual([{ name: '0' }])
  })
})

describe('UnitOfWork.expire', () => {
  it('makes reading a column an error until it is loaded or written', async () => {
    const session = open()
    const { objects } = session
    const shelf = objects.add(shelves, { name: 'one' })
    await session.commit()
    objects.expire(shelf)
    expect(shelf.id).toBe(1)
    expect(() => shelf.name).toThrow(LazyLoadError)
    expect(() => JSON.stringify(shelf)).toThrow(LazyLoadError)
    shelf.name = 'written'
    expect(shelf.name).toBe('written')
    await session.commit()
    expect(await database.query('select name from shelves')).toEqual([{ name: 'written' }])
    await objects.refresh(shelf)
    expect(shelf).toEqual({ id: 1, name: 'written', parentId: null })
  })

  it('is what a commit does with expireOnCommit', async () => {
    const session = open({ expireOnCommit: true })
    const { objects } = session
    const shelf = objects.add(shelves, { name: 'one' })
    await session.commit()
    expect(() => shelf.name).toThrow(LazyLoadError)
    await database.query(`update shelves set name = 'two'`)
    expect(await objects.get(shelves, 1)).toBe(shelf)
    expect(shelf.name).toBe('two')
  })
})
