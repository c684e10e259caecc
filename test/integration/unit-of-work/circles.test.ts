import { describe, expect, it } from 'vitest'
import { ForeignKeyViolationError } from '../../../src/errors/integrity-error.js'
import { UsageError } from '../../../src/errors/usage-error.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { testSessions } from './unit-of-work-harness.js'

// Each of the two needs the other, and only the check of one can wait.
const clubs = table('clubs', {
  id: bigint().identityAlways().primaryKey(),
  captainId: bigint()
    .notNull()
    .references(() => members.id, { deferrable: true }),
})
const members = table('members', {
  id: bigint().identityAlways().primaryKey(),
  name: text().notNull(),
  clubId: bigint()
    .notNull()
    .references(() => clubs.id, { deferrable: 'initially deferred' }),
})
// One of the two references can be empty.
const authors = table('authors', {
  id: integer().identity().primaryKey(),
  favouriteId: integer().references(() => works.id),
})
const works = table('works', {
  id: integer().identity().primaryKey(),
  authorId: integer()
    .notNull()
    .references(() => authors.id),
})
// Neither can be empty, and neither can wait.
const left = table('lefts', {
  id: integer().primaryKey(),
  rightId: integer()
    .notNull()
    .references(() => right.id),
})
const right = table('rights', {
  id: integer().primaryKey(),
  leftId: integer()
    .notNull()
    .references(() => left.id),
})

const metadata = new Metadata({ tables: { clubs, members, authors, works, left, right } })
const database = cloneDatabase()
const open = testSessions(database, metadata)

describe('UnitOfWork.flush of rows that point at each other', () => {
  it('numbers rows first and lets the checks wait, where neither reference can be empty', async () => {
    const session = open()
    const { objects } = session
    const made = Array.from({ length: 20 }, (_, index) => {
      const captain = objects.add(members, { name: `captain ${String(index)}`, clubId: 0n })
      const club = objects.add(clubs, { captainId: objects.later(captain, 'id') })
      captain.clubId = objects.later(club, 'id')
      return { captain, club }
    })
    await session.commit()
    expect(session.sent.filter((sql) => /^(insert|merge|with)/.test(sql))).toHaveLength(2)
    for (const { captain, club } of made) {
      expect(captain.clubId).toBe(club.id)
      expect(club.captainId).toBe(captain.id)
    }
    const rows = await database.query(
      'select m.name from clubs c join members m on m.id = c."captainId" and m."clubId" = c.id order by m.id',
    )
    expect(rows).toEqual(made.map(({ captain }) => ({ name: captain.name })))

    for (const { captain, club } of made) {
      objects.delete(captain)
      objects.delete(club)
    }
    await session.commit()
    expect(await database.query('select 1 from clubs, members')).toEqual([])
  })

  it('leaves one reference empty first, where it can be', async () => {
    const session = open()
    const { objects } = session
    const made = Array.from({ length: 20 }, () => {
      const author = objects.add(authors, {})
      const work = objects.add(works, { authorId: objects.later(author, 'id') })
      author.favouriteId = objects.later(work, 'id')
      return { author, work }
    })
    await session.commit()
    expect(session.sent.filter((sql) => !sql.startsWith('show'))).toHaveLength(3)
    for (const { author, work } of made) expect(author.favouriteId).toBe(work.id)
    expect(objects.dirty).toEqual([])
    expect(
      await database.query('select count(*)::int as n from authors where "favouriteId" is not null'),
    ).toEqual([{ n: 20 }])

    session.sent.length = 0
    for (const { author, work } of made) {
      objects.delete(author)
      objects.delete(work)
    }
    await session.commit()
    expect(session.sent).toHaveLength(3)
    expect(await database.query('select 1 from authors')).toEqual([])
  })

  it('is refused where it is impossible, before anything is sent', async () => {
    const session = open()
    session.objects.add(left, { id: 1, rightId: 1 })
    session.objects.add(right, { id: 1, leftId: 1 })
    await expect(session.objects.flush()).rejects.toThrow(UsageError)
    expect(session.sent).toEqual([])
  })

  it('leaves a deletion that is impossible to the server, which names the constraint', async () => {
    const session = open()
    await database.query(`
      alter table lefts disable trigger all;
      insert into lefts values (1, 1);
      alter table lefts enable trigger all;
      insert into rights values (1, 1)`)
    session.objects.delete(await session.objects.getOne(left, 1))
    session.objects.delete(await session.objects.getOne(right, 1))
    await expect(session.objects.flush()).rejects.toThrow(ForeignKeyViolationError)
  })
})
