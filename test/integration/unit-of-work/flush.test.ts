import { describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { books, loans, metadata, shelves, users } from './library-tables.js'
import { testSessions, type TestSession } from './unit-of-work-harness.js'

const database = cloneDatabase()
const open = testSessions(database, metadata)

describe('UnitOfWork.flush', () => {
  it('inserts a new object and fills in what the server gave it', async () => {
    const { objects, commit } = bound(open())
    const ada = objects.add(users, { email: 'ada@example.org' })
    expect(ada).toMatchObject({ id: undefined, name: null, settings: undefined })
    await commit()
    expect(ada).toEqual({
      id: 1n,
      email: 'ada@example.org',
      name: null,
      settings: {},
      picture: null,
      isActive: true,
      createdAt: expect.any(Date),
    })
    expect(await database.query('select id, email from users')).toEqual([
      { id: '1', email: 'ada@example.org' },
    ])
  })

  it('gives each of many objects its own generated key, in one statement', async () => {
    const session = open()
    const emails = Array.from(
      { length: 1_000 },
      (_, index) => `user-${String((index * 617) % 1_000)}@example.org`,
    )
    const added = session.objects.addAll(
      users,
      emails.map((email) => ({ email })),
    )
    await session.commit()
    expect(session.sent.filter((text) => !text.startsWith('show'))).toHaveLength(1)
    const rows = await database.query<{ id: string; email: string }>('select id, email from users')
    const idByEmail = new Map(rows.map(({ id, email }) => [email, BigInt(id)]))
    for (const user of added) expect(user.id).toBe(idByEmail.get(user.email))
  })

  it('gives each of many objects its own key where that is an expression', async () => {
    const session = open()
    const added = session.objects.addAll(
      books,
      Array.from({ length: 300 }, (_, index) => ({ title: `Title ${String(index)}` })),
    )
    await session.commit()
    const rows = await database.query<{ id: string; title: string }>('select id, title from books')
    const titleById = new Map(rows.map(({ id, title }) => [id, title]))
    for (const book of added) expect(titleById.get(book.id)).toBe(book.title)
    expect(added.at(-1)).toMatchObject({ labels: [], titleLength: 9, ownerId: null })
  })

  it('writes rows after those that they point at, with keys that did not exist when they were added', async () => {
    const session = open()
    const { objects } = session
    const ada = objects.add(users, { email: 'ada@example.org' })
    const book = objects.add(books, { title: 'Notes', ownerId: objects.later(ada, 'id') })
    const loan = objects.add(loans, { bookId: objects.later(book, 'id'), userId: objects.later(ada, 'id') })
    await session.commit()
    expect(book.ownerId).toBe(ada.id)
    expect(loan).toEqual({ bookId: book.id, userId: 1n, days: 14 })
  })

  it('writes a tree level by level', async () => {
    const session = open()
    const { objects } = session
    const leaf = objects.add(shelves, { name: 'leaf' })
    const root = objects.add(shelves, { name: 'root' })
    const middle = objects.add(shelves, { name: 'middle', parentId: objects.later(root, 'id') })
    leaf.parentId = objects.later(middle, 'id')
    await session.commit()
    expect([leaf.parentId, middle.parentId, root.parentId]).toEqual([middle.id, root.id, null])
    expect(await database.query('select name from shelves order by id')).toEqual([
      { name: 'root' },
      { name: 'middle' },
      { name: 'leaf' },
    ])
  })

  it('writes a tree whose keys are known in one statement, whatever the order', async () => {
    const session = open()
    for (let id = 50; id > 0; id--)
      session.objects.add(shelves, { id, name: `shelf ${String(id)}`, parentId: id === 1 ? null : id - 1 })
    await session.commit()
    expect(session.sent).toHaveLength(1)
  })

  it('writes a circle by filling in one reference afterwards', async () => {
    const session = open()
    const { objects } = session
    const one = objects.add(shelves, { name: 'one' })
    const two = objects.add(shelves, { name: 'two', parentId: objects.later(one, 'id') })
    one.parentId = objects.later(two, 'id')
    const self = objects.add(shelves, { name: 'self' })
    self.parentId = objects.later(self, 'id')
    await session.commit()
    expect(one.parentId).toBe(two.id)
    expect(two.parentId).toBe(one.id)
    expect(self.parentId).toBe(self.id)
    const rows = await database.query('select name, parent_id as parent from shelves order by name')
    expect(rows).toEqual([
      { name: 'one', parent: two.id },
      { name: 'self', parent: self.id },
      { name: 'two', parent: one.id },
    ])
  })

  it('changes only the columns that differ, one statement for each set of them', async () => {
    const session = open()
    const { objects } = session
    const all = objects.addAll(
      users,
      [1, 2, 3, 4].map((n) => ({ email: `${String(n)}@example.org` })),
    )
    await session.commit()
    session.sent.length = 0
    all[0]!.name = 'Ada'
    all[1]!.name = 'Grace'
    all[2]!.settings.tags = ['new']
    await session.commit()
    expect(session.sent).toHaveLength(2)
    expect(session.sent[0]).toContain('set "name" = ')
    expect(session.roundTrips).toBeLessThanOrEqual(3)
    expect(await database.query('select name, settings from users order by id')).toEqual([
      { name: 'Ada', settings: {} },
      { name: 'Grace', settings: {} },
      { name: null, settings: { tags: ['new'] } },
      { name: null, settings: {} },
    ])
  })

  it('sends nothing when a value was changed and changed back', async () => {
    const session = open()
    const ada = session.objects.add(users, {
      email: 'a',
      picture: Buffer.from('x'),
      settings: { tags: ['a'] },
    })
    await session.commit()
    session.sent.length = 0
    ada.picture = Buffer.from('x')
    ada.settings = { tags: ['a'] }
    ada.createdAt = new Date(ada.createdAt)
    await session.commit()
    expect(session.sent).toEqual([])
  })

  it('reads computed columns back after a change', async () => {
    const session = open()
    const book = session.objects.add(books, { title: 'one' })
    await session.commit()
    book.title = 'longer'
    await session.commit()
    expect(book.titleLength).toBe(6)
  })

  it('deletes rows before those that they point at', async () => {
    const session = open()
    const { objects } = session
    const ada = objects.add(users, { email: 'ada@example.org' })
    const book = objects.add(books, { title: 'Notes', ownerId: objects.later(ada, 'id') })
    const loan = objects.add(loans, { bookId: objects.later(book, 'id'), userId: objects.later(ada, 'id') })
    await session.commit()
    for (const object of [ada, book, loan]) objects.delete(object)
    await session.commit()
    expect(await database.query('select count(*)::int as n from users')).toEqual([{ n: 0 }])
    expect(objects.contains(ada)).toBe(false)
  })

  it('lets a new object take over the row of a deleted one', async () => {
    const session = open()
    const { objects } = session
    const old = objects.add(shelves, { id: 7, name: 'old', parentId: 7 })
    await session.commit()
    objects.delete(old)
    const next = objects.add(shelves, { id: 7, name: 'next' })
    await session.commit()
    expect(await database.query('select id, name from shelves')).toEqual([{ id: 7, name: 'next' }])
    expect(await objects.get(shelves, 7)).toBe(next)
  })
})

/** A session whose methods can be taken apart. */
function bound(session: TestSession) {
  return { objects: session.objects, commit: () => session.commit() }
}
