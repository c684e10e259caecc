import { AsyncDatabase } from '../../../src/database/async-database.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { ForeignKeyViolationError } from '../../../src/errors/integrity-error.js'
import { UsageError } from '../../../src/errors/usage-error.js'
import { primaryKey } from '../../../src/metadata/key-constraint.js'
import type { InferDatabase } from '../../../src/metadata/infer-database.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, integer } from '../../../src/metadata/number-columns.js'
import { relations } from '../../../src/metadata/relations.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { Mapper } from '../../../src/unit-of-work/mapper.js'
import { ObjectEvents } from '../../../src/unit-of-work/object-events.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { testSessions } from './unit-of-work-harness.js'

const users = table('users', { id: bigint().identity().primaryKey(), name: text().notNull() })
const orders = table('orders', {
  id: integer().primaryKey(),
  userId: bigint()
    .notNull()
    .references(() => users.id),
})
const lines = table('lines', {
  id: integer().primaryKey(),
  orderId: integer()
    .notNull()
    .references(() => orders.id),
})
const folders = table('folders', {
  id: integer().primaryKey(),
  parentId: integer().references(() => folders.id),
})
const posts = table('posts', { id: integer().primaryKey() })
const tags = table('tags', { id: integer().primaryKey() })
const postTags = table(
  'post_tags',
  {
    postId: integer()
      .notNull()
      .references(() => posts.id),
    tagId: integer()
      .notNull()
      .references(() => tags.id),
  },
  (t) => [primaryKey(t.postId, t.tagId)],
)
const badges = table('badges', { id: integer().primaryKey(), userId: bigint().references(() => users.id) })
const cards = table('cards', { id: integer().primaryKey(), userId: bigint().references(() => users.id) })
const tables = { cards, users, orders, lines, folders, posts, tags, postTags, badges }
const related = relations(tables, {
  users: (r) => ({
    orders: r.many('orders', { id: 'userId' }, { cascade: 'delete' }),
    badges: r.many('badges', { id: 'userId' }),
    cards: r.many('cards', { id: 'userId' }, { cascade: 'deleteOrphan' }),
  }),
  orders: (r) => ({ lines: r.many('lines', { id: 'orderId' }, { cascade: 'deleteOrphan' }) }),
  folders: (r) => ({ children: r.many('folders', { id: 'parentId' }, { cascade: 'delete' }) }),
  posts: (r) => ({
    tags: r.manyThrough(
      'tags',
      { table: 'postTags', from: { id: 'postId' }, to: { tagId: 'id' } },
      { cascade: 'delete' },
    ),
  }),
})
const database = cloneDatabase()
const open = testSessions(database, new Metadata({ tables, relations: related }))
const count = async (name: string): Promise<number> =>
  (await database.query<{ n: number }>(`select count(*)::int as n from ${name}`))[0]?.n ?? -1

beforeEach(async () => {
  await database.query(`
    insert into users (name) values ('ada'), ('bob'), ('eve');
    insert into orders select n, 1 + n % 2 from generate_series(1, 6) n;
    insert into lines select n, 1 + n % 6 from generate_series(1, 30) n`)
})

describe('a relation with cascade: delete', () => {
  it('takes the related rows along, and theirs, one statement for each relation', async () => {
    const session = open()
    const { objects } = session
    const [ada, bob] = [await objects.getOne(users, 1n), await objects.getOne(users, 2n)]
    const order = await objects.getOne(orders, 2)
    session.sent.length = 0
    objects.delete(ada)
    objects.delete(bob)
    await session.commit()
    expect(session.sent).toHaveLength(6)
    expect([await count('users'), await count('orders'), await count('lines')]).toEqual([1, 0, 0])
    expect([ada, bob, order].map((each) => objects.contains(each))).toEqual([false, false, false])
  })

  it('leaves the rows of others alone', async () => {
    const session = open()
    session.objects.delete(await session.objects.getOne(users, 1n))
    await session.commit()
    expect([await count('orders'), await count('lines')]).toEqual([3, 15])
  })

  it('goes down a tree, however deep, and around a circle', async () => {
    const session = open()
    const { objects } = session
    for (let id = 1; id <= 8; id++)
      objects.add(folders, { id, parentId: id === 1 ? null : Math.ceil(id / 2) })
    objects.add(folders, { id: 20, parentId: 21 })
    objects.add(folders, { id: 21, parentId: 20 })
    objects.add(folders, { id: 30 })
    await session.commit()
    objects.delete(await objects.getOne(folders, 1))
    objects.delete(await objects.getOne(folders, 21))
    await session.commit()
    expect(await database.query('select id from folders')).toEqual([{ id: 30 }])
  })

  it('through a table in between takes its rows and those at the other end', async () => {
    await database.query(`
      insert into posts values (1), (2); insert into tags values (1), (2), (3);
      insert into post_tags values (1, 1), (1, 2), (2, 3)`)
    const session = open()
    session.objects.delete(await session.objects.getOne(posts, 1))
    await session.commit()
    expect(await database.query('select "postId", "tagId" from post_tags')).toEqual([{ postId: 2, tagId: 3 }])
    expect(await database.query('select id from tags')).toEqual([{ id: 3 }])
  })

  it('through a table in between leaves what was taken out of the list before', async () => {
    await database.query(`
      insert into posts values (1), (2); insert into tags values (1), (2), (3);
      insert into post_tags values (1, 1), (1, 2), (1, 3), (2, 3)`)
    await using owner = new AsyncDatabase<InferDatabase<typeof tables, typeof related>>({
      ...via(database.url),
      metadata: new Metadata({ tables, relations: related }),
    })
    await using session = owner.session()
    const [one, two] = (await session.query(posts).orderBy('id').with({ tags: true }).all()) as [
      { id: number; tags: { id: number }[] },
      { id: number; tags: { id: number }[] },
    ]
    // The third is kept by the one, but goes with the other.
    one.tags = one.tags.filter(({ id }) => id === 1)
    session.delete(one)
    session.delete(two)
    await session.commit()
    expect(await count('post_tags')).toBe(0)
    expect(await database.query('select id from tags')).toEqual([{ id: 2 }])
  })

  it('is undone with the transaction', async () => {
    const session = open()
    const ada = await session.objects.getOne(users, 1n)
    session.objects.delete(ada)
    await session.objects.flush()
    await session.rollback()
    expect(session.objects.contains(ada)).toBe(true)
    expect([await count('users'), await count('lines')]).toEqual([3, 30])
  })

  it('calls hooks for the rows that it deletes', async () => {
    const deleted: number[] = []
    const events = new ObjectEvents<unknown>(() => undefined)
    events.beforeDelete(lines, ({ id }) => void deleted.push(id))
    const hooked = open({ events })
    hooked.objects.delete(await hooked.objects.getOne(orders, 1))
    await hooked.commit()
    expect(deleted.toSorted((left, right) => left - right)).toEqual([6, 12, 18, 24, 30])
  })

  it('can not go through a table whose rows can not be told apart', async () => {
    const loose = table('loose', { left: integer(), right: integer() })
    const ends = table('ends', { id: integer().primaryKey() })
    const declared = { loose, ends }
    const metadata = new Metadata({
      tables: declared,
      relations: relations(declared, {
        ends: (r) => ({
          others: r.manyThrough(
            'ends',
            { table: 'loose', from: { id: 'left' }, to: { right: 'id' } } as never,
            { cascade: 'delete' },
          ),
        }),
      }),
    })
    const session = open({ mapper: new Mapper(metadata) })
    await database.query(
      'create table if not exists ends (id integer primary key); insert into ends values (1)',
    )
    session.objects.delete(await session.objects.getOne(ends, 1))
    await expect(session.objects.flush()).rejects.toThrow(UsageError)
    await session.rollback()
    await database.query('drop table ends')
  })
})

describe('a relation with cascade: deleteOrphan', () => {
  it('deletes a row that belongs to nobody any more, not one that was given to another', async () => {
    const session = open()
    const { objects } = session
    const [lost, given] = objects.addAll(cards, [
      { id: 1, userId: 1n },
      { id: 2, userId: 1n },
    ])
    await session.commit()
    lost!.userId = null
    given!.userId = 2n
    await session.commit()
    expect(await database.query('select id, "userId"::int from cards')).toEqual([{ id: 2, userId: 2 }])
    expect(objects.contains(lost!)).toBe(false)
  })

  it('deletes what is in no list any more, new rows too, unless a hook puts it back', async () => {
    await using owner = new AsyncDatabase<InferDatabase<typeof tables, typeof related>>({
      ...via(database.url),
      metadata: new Metadata({ tables, relations: related }),
    })
    await using session = owner.session()
    const ada = await session.query(users).where('id', '=', 1n).with({ cards: true }).one()
    ada.cards.push(session.add(cards, { id: 1, userId: null }), session.add(cards, { id: 2, userId: null }))
    await session.flush()
    const added = [session.add(cards, { id: 3, userId: 1n }), session.add(cards, { id: 4, userId: 1n })]
    await session.load(ada, { cards: true })
    const [one, two] = ada.cards
    if (one === undefined || two === undefined) throw new Error('ada has cards')
    ada.cards.length = 0
    session.events.beforeFlush(() => {
      ada.cards.push(two, ...added.slice(1))
    })
    await session.commit()
    expect(await database.query('select id, "userId"::int as owner from cards order by id')).toEqual([
      { id: 2, owner: 1 },
      { id: 3, owner: 1 },
      { id: 4, owner: 1 },
    ])
    expect(session.contains(one)).toBe(false)
  })

  it('deletes the rows together with what they belong to', async () => {
    const session = open()
    session.objects.add(cards, { id: 1, userId: 3n })
    await session.commit()
    session.objects.delete(await session.objects.getOne(users, 3n))
    await session.commit()
    expect([await count('cards'), await count('users')]).toEqual([0, 2])
  })
})

describe('a relation without a cascade', () => {
  it('is left to the database, which refuses', async () => {
    await database.query('insert into badges values (1, 3)')
    const session = open()
    session.objects.delete(await session.objects.getOne(users, 3n))
    await expect(session.objects.flush()).rejects.toThrow(ForeignKeyViolationError)
  })
})
