import { beforeEach, describe, expect, it } from 'vitest'
import { StaleDataError } from '../../../src/errors/transaction-error.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, bigintString, integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { testSessions } from './unit-of-work-harness.js'

const notes = table('notes', {
  id: integer().identity().primaryKey(),
  text: text().notNull(),
  parentId: integer().references(() => notes.id),
  version: integer().version(),
})
const ledgers = table('ledgers', {
  id: integer().primaryKey(),
  total: integer().notNull(),
  revision: bigint().version().default(10n),
})
const pages = table('pages', {
  id: integer().primaryKey(),
  title: text(),
  edition: bigintString().version(),
})
const database = cloneDatabase()
const open = testSessions(database, new Metadata({ tables: { notes, ledgers, pages } }))
const stored = () => database.query('select id, text, version from notes order by id')

beforeEach(async () => {
  await database.query(`insert into notes (text) values ('one'), ('two'), ('three')`)
  await database.query('insert into ledgers (id, total) values (1, 0)')
})

describe('a version column', () => {
  it('begins with 1 and is counted by each flush that changes the row', async () => {
    const session = open()
    const note = session.objects.add(notes, { text: 'four' })
    expect(note.version).toBe(1)
    await session.commit()
    note.text = 'four again'
    await session.objects.flush()
    expect(note.version).toBe(2)
    await session.objects.flush()
    note.text = 'and again'
    await session.commit()
    expect(note.version).toBe(3)
    expect(await database.query('select version from notes where id = 4')).toEqual([{ version: 3 }])
    expect(session.objects.dirty).toEqual([])
  })

  it('begins with the default that the application declared, and counts in any integer type', async () => {
    const session = open()
    const ledger = await session.objects.getOne(ledgers, 1)
    expect(ledger.revision).toBe(10n)
    ledger.total = 5
    const page = session.objects.add(pages, { id: 1, title: 'a' })
    await session.commit()
    expect([ledger.revision, page.edition]).toEqual([11n, '1'])
    page.title = 'b'
    const second = session.objects.add(ledgers, { id: 2, total: 0 })
    await session.commit()
    expect([page.edition, second.revision]).toEqual(['2', 10n])
    expect(await database.query('select edition::int from pages')).toEqual([{ edition: 2 }])
  })

  it('refuses to write over a change of somebody else, and names the rows that lost', async () => {
    const mine = open()
    const theirs = open()
    const [one, two, three] = [
      await mine.objects.getOne(notes, 1),
      await mine.objects.getOne(notes, 2),
      await mine.objects.getOne(notes, 3),
    ]
    await mine.commit()
    const other = await theirs.objects.getOne(notes, 2)
    other.text = 'theirs'
    await theirs.commit()
    for (const note of [one, two, three]) note.text = 'mine'
    const failure = await mine.commit().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(StaleDataError)
    expect(failure).toMatchObject({
      message: expect.stringContaining('1 of 3 rows of notes are not of the version they were read in'),
      table: 'notes',
      objects: [two],
      keys: [{ id: 2 }],
      isRetryable: true,
    })
    expect(JSON.stringify(failure)).not.toContain('mine')
    await mine.rollback()
    expect(await stored()).toEqual([
      { id: 1, text: 'one', version: 1 },
      { id: 2, text: 'theirs', version: 2 },
      { id: 3, text: 'three', version: 1 },
    ])
    expect(two).toMatchObject({ text: 'two', version: 1 })
    expect((await mine.objects.getOne(notes, 2)).text).toBe('theirs')
  })

  it('is not mistaken where the row was changed as often by somebody else', async () => {
    const mine = open()
    const note = await mine.objects.getOne(notes, 1)
    await mine.commit()
    await database.query('update notes set version = version + 1 where id = 1')
    note.text = 'mine'
    await expect(mine.objects.flush()).rejects.toMatchObject({ keys: [{ id: 1 }] })
  })

  it('refuses to delete what somebody else has changed, but not what is gone', async () => {
    const session = open()
    const [one, two, three] = [
      await session.objects.getOne(notes, 1),
      await session.objects.getOne(notes, 2),
      await session.objects.getOne(notes, 3),
    ]
    await session.commit()
    await database.query('delete from notes where id = 1')
    session.objects.delete(one)
    session.objects.delete(two)
    await session.commit()
    await database.query('update notes set version = 7 where id = 3')
    session.objects.delete(three)
    await expect(session.objects.flush()).rejects.toMatchObject({ objects: [three], keys: [{ id: 3 }] })
    await session.rollback()
    expect(await stored()).toEqual([{ id: 3, text: 'three', version: 7 }])
    expect(session.objects.contains(three)).toBe(true)
  })

  it('is compared as the object says, so that a form may bring back the version that it showed', async () => {
    const session = open()
    const note = await session.objects.getOne(notes, 1)
    await database.query('update notes set version = 2 where id = 2')
    const fresh = await session.objects.getOne(notes, 2)
    note.version = 1
    note.text = 'from a form'
    await session.objects.flush()
    fresh.version = 1
    fresh.text = 'from an old form'
    await expect(session.objects.flush()).rejects.toBeInstanceOf(StaleDataError)
  })

  it('is compared by merge() at once', async () => {
    const session = open()
    await session.objects.getOne(notes, 1)
    await expect(session.objects.merge(notes, { id: 1, text: 'old', version: 0 })).rejects.toThrow(
      /merge\(\) was refused/,
    )
    const merged = await session.objects.merge(notes, { id: 1, text: 'new', version: 1 })
    await session.commit()
    expect(merged.version).toBe(2)
    await session.objects.merge(notes, { id: 1, text: 'over everything' })
    await session.commit()
    expect((await stored())[0]).toEqual({ id: 1, text: 'over everything', version: 3 })
  })

  it('is not counted by what completes an insert, and goes on from the row that is taken over', async () => {
    const session = open()
    const { objects } = session
    const one = objects.add(notes, { text: 'a' })
    const two = objects.add(notes, { text: 'b', parentId: objects.later(one, 'id') })
    one.parentId = objects.later(two, 'id')
    await session.commit()
    expect([one.version, two.version]).toEqual([1, 1])
    const old = await objects.getOne(ledgers, 1)
    objects.delete(old)
    const next = objects.add(ledgers, { id: 1, total: 9 })
    await session.commit()
    expect(next).toEqual({ id: 1, total: 9, revision: 11n })
    expect(await database.query('select total, revision::int from ledgers')).toEqual([
      { total: 9, revision: 11 },
    ])
  })

  it('is again what it was after a rollback', async () => {
    const session = open()
    const note = await session.objects.getOne(notes, 1)
    const added = session.objects.add(notes, { text: 'new' })
    await session.objects.flush()
    note.text = added.text = 'changed'
    await session.objects.flush()
    expect([note.version, added.version]).toEqual([2, 2])
    await session.rollback()
    expect([note.version, added.version]).toEqual([1, 1])
    expect(note.text).toBe('one')
  })
})
