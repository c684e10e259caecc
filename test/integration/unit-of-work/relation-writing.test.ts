import { beforeEach, describe, expect, it } from 'vitest'
import { UsageError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { blogDatabase } from './blog-database.js'
import { comments, orders, lines, posts, tags, users } from './blog-tables.js'

const database = cloneDatabase()
const { session: open, roundTrips } = blogDatabase(database)
const rows = async (query: string): Promise<unknown[]> =>
  (await database.query<Record<string, unknown>>(query)).map((row) => Object.values(row).join(' '))

beforeEach(async () => {
  await database.query(`
    insert into users (email) values ('ada'), ('bob');
    insert into posts ("authorId", title) values (1, 'one'), (1, 'two'), (2, 'three');
    insert into blog_comments (post_id, user_id, body) values (1, 1, 'first'), (1, 1, 'second');
    insert into tags (label) values ('red'), ('green'), ('blue');
    insert into "postTags" values (1, 1), (1, 2), (2, 2)`)
})

describe('a list of rows that point back', () => {
  it('writes the foreign key of what was put in, one statement for all', async () => {
    await using session = open()
    const [ada, bob] = await session.query(users).with({ posts: true }).orderBy('id').all()
    roundTrips.length = 0
    ada!.posts.push(...bob!.posts)
    bob!.posts.length = 0
    await session.commit()
    expect(roundTrips.flat()).toHaveLength(1)
    expect(await rows('select title, "authorId" from posts order by id')).toEqual([
      'one 1',
      'two 1',
      'three 1',
    ])
    expect(ada!.posts.map(({ authorId }) => authorId)).toEqual([1n, 1n, 1n])
  })

  it('lets go of what was taken out where the key may be NULL', async () => {
    await using session = open()
    const ada = await session.query(users).with({ comments: true }).orderBy('id').first()
    const [first] = ada!.comments.splice(0, 1)
    await session.commit()
    expect(first!.userId).toBeNull()
    expect(await rows('select body, user_id from blog_comments order by id')).toEqual(['first ', 'second 1'])
  })

  it('refuses to let go of what must point somewhere, and sends nothing', async () => {
    await using session = open()
    const ada = await session.query(users).with({ posts: true }).orderBy('id').first()
    roundTrips.length = 0
    const [one] = ada!.posts.splice(0, 1)
    await expect(session.flush()).rejects.toThrow(
      "users.posts lets go of an object, but posts.authorId can't be NULL",
    )
    expect(roundTrips).toEqual([])
    ada!.posts.unshift(one!)
    await session.commit()
    expect(await rows('select count(*) from posts')).toEqual(['3'])
  })

  it('gives new objects the key of a new parent in the same flush', async () => {
    await using session = open()
    const eve = session.add(users, { email: 'eve', posts: [] })
    const post = session.add(posts, { title: 'four', author: eve })
    eve.posts.push(post)
    post.views = 7
    await session.commit()
    expect(eve.id).toBe(3n)
    expect(post.authorId).toBe(3n)
    expect(eve.posts).toEqual([post])
    expect(await rows('select title, "authorId", views from posts where id > 3')).toEqual(['four 3 7'])
  })

  it('lets a hook take a new object out of the list of its new parent', async () => {
    await using session = open()
    const eve = session.add(users, { email: 'eve', posts: [] })
    const [kept, taken] = [
      session.add(posts, { title: 'kept', author: eve }),
      session.add(posts, { title: 'taken', authorId: 1n }),
    ]
    eve.posts.push(kept, taken)
    session.events.beforeFlush(() => {
      eve.posts = eve.posts.filter((post) => post !== taken)
    })
    await session.commit()
    expect(await rows('select title, "authorId" from posts where id > 3 order by title')).toEqual([
      'kept 3',
      'taken 1',
    ])
  })

  it('lets a hook put back what was taken out, and keeps what it set itself', async () => {
    await using session = open()
    const ada = await session.query(users).where('id', '=', 1n).with({ posts: true }).one()
    const [first, second] = ada.posts
    if (first === undefined || second === undefined) throw new Error('ada has posts')
    first.editorId = 1n
    second.editorId = 1n
    await session.flush()
    const edited = (await session.load(ada, { edited: true })).edited
    edited.length = 0
    session.events.beforeFlush(() => {
      edited.push(first)
      second.editorId = 2n
    })
    await session.commit()
    expect(await rows('select "editorId" from posts where "editorId" is not null order by id')).toEqual([
      '1',
      '2',
    ])
  })

  it('refuses what is not in the session, and says what to do', async () => {
    await using session = open()
    const ada = await session.query(users).with({ posts: true }).orderBy('id').first()
    ada!.posts.push({ id: 9, authorId: 1n, editorId: null, title: 'lost', views: 0, writtenAt: new Date(0) })
    await expect(session.flush()).rejects.toMatchObject({
      message: expect.stringContaining('users.posts holds an object that is not in this session'),
      hint: expect.stringContaining('session.add(posts, …)'),
    })
    ada!.posts.pop()
    await session.commit()
  })

  it('refuses an object of another table, and what is no list', async () => {
    await using session = open()
    const ada = await session.query(users).with({ posts: true }).orderBy('id').first()
    const loaded = ada!.posts
    ada!.posts = [ada as never]
    await expect(session.flush()).rejects.toThrow(
      'users.posts holds a users object where one of posts was expected',
    )
    ada!.posts = null as never
    await expect(session.flush()).rejects.toThrow('users.posts holds what is no list')
    ada!.posts = loaded
    await session.commit()
  })

  it('refuses a list that replaces one which was not loaded', async () => {
    await using session = open()
    const ada = await session.getOne(users, 1n)
    Object.assign(ada, { posts: [] })
    await expect(session.flush()).rejects.toThrow(
      'users.posts was assigned without having been loaded: what it would replace is not known',
    )
  })

  it('leaves alone what was moved by its column, or deleted, and taken out', async () => {
    await using session = open()
    const [ada, bob] = await session.query(users).with({ posts: true }).orderBy('id').all()
    const [one, two] = ada!.posts.splice(0, 2)
    one!.authorId = bob!.id
    session.delete(two!)
    await database.query('delete from "postTags"')
    await session.commit()
    expect(await rows('select title, "authorId" from posts order by id')).toEqual(['one 2', 'three 2'])
  })

  it('writes composite keys', async () => {
    await using session = open()
    const order = session.add(orders, { shop: 'north', no: 1, lines: [] })
    order.lines.push(session.add(lines, { price: '1.50' }), session.add(lines, {}))
    await session.commit()
    expect(await rows('select shop, "orderNo" from lines')).toEqual(['north 1', 'north 1'])
    order.lines.pop()
    await session.commit()
    expect(await rows('select shop, "orderNo" from lines order by id')).toEqual(['north 1', ' '])
  })
})

describe('a relation to one row', () => {
  it('writes the foreign key when another object is assigned', async () => {
    await using session = open()
    const post = await session.query(posts).with({ author: true, editor: true }).orderBy('id').first()
    const bob = await session.getOne(users, 2n)
    roundTrips.length = 0
    post!.author = bob
    post!.editor = session.add(users, { email: 'eve' })
    await session.commit()
    expect(roundTrips.flat()).toHaveLength(2)
    expect([post!.authorId, post!.editorId]).toEqual([2n, 3n])
    post!.editor = null
    await session.commit()
    expect(await rows('select "authorId", "editorId" from posts where id = 1')).toEqual(['2 '])
  })

  it('refuses null where the key must not be NULL', async () => {
    await using session = open()
    const post = await session.query(posts).with({ author: true }).orderBy('id').first()
    post!.author = null as never
    await expect(session.flush()).rejects.toThrow(UsageError)
  })

  it('writes the key at the other end where that has it', async () => {
    await using session = open()
    const [ada, bob] = await session.query(users).with({ manager: true, reports: true }).orderBy('id').all()
    ada!.manager = bob!
    await session.commit()
    expect(ada!.managerId).toBe(2n)
    bob!.reports.push(bob!)
    await session.commit()
    expect(await rows('select id, "managerId" from users order by id')).toEqual(['1 2', '2 2'])
  })
})

describe('a list through a table in between', () => {
  it('inserts and deletes the rows in between, one statement each', async () => {
    await using session = open()
    const [one, two] = await session.query(posts).with({ tags: true }).orderBy('id').all()
    const blue = await session.getOne(tags, 3)
    roundTrips.length = 0
    one!.tags = one!.tags.filter(({ label }) => label !== 'red')
    one!.tags.push(blue)
    two!.tags.push(blue, session.add(tags, { label: 'black' }))
    await session.commit()
    expect(roundTrips.flat().map((text) => text.slice(0, 11))).toEqual([
      'delete from',
      'insert into',
      'insert into',
    ])
    expect(await rows('select "postId", "tagId" from "postTags" order by 1, 2')).toEqual([
      '1 2',
      '1 3',
      '2 2',
      '2 3',
      '2 4',
    ])
    roundTrips.length = 0
    await session.commit()
    expect(roundTrips).toEqual([])
  })

  it('writes a row once that was put in at both of its ends', async () => {
    await using session = open()
    const post = await session.query(posts).with({ tags: true }).where('id', '=', 3).one()
    const red = await session.query(tags).with({ posts: true }).where('id', '=', 1).one()
    post.tags.push(red)
    red.posts.push(post)
    await session.commit()
    expect(await rows('select "postId", "tagId" from "postTags" where "postId" = 3')).toEqual(['3 1'])
    post.tags.pop()
    red.posts.pop()
    await session.commit()
    expect(await rows('select count(*) from "postTags" where "postId" = 3')).toEqual(['0'])
  })

  it('lets a row go whose ends go too', async () => {
    await using session = open()
    const post = await session.query(posts).with({ tags: true }).where('id', '=', 2).one()
    post.tags.length = 0
    session.delete(post)
    await session.commit()
    expect(await rows('select id from posts order by id')).toEqual(['1', '3'])
  })
})

describe('a rollback', () => {
  it('puts lists back to what they were, flushed or not', async () => {
    await using session = open()
    const ada = await session
      .query(users)
      .with({ posts: { tags: true } })
      .orderBy('id')
      .first()
    const list = ada!.posts
    const [one, two] = list
    await session.commit()
    one!.tags.pop()
    const added = session.add(posts, { title: 'new', author: ada!, tags: [] })
    list.push(added)
    await session.flush()
    list.pop()
    await session.rollback()
    expect(ada!.posts).toBe(list)
    expect(list).toEqual([one, two])
    expect(one!.tags.map(({ label }) => label)).toEqual(['red', 'green'])
    expect(session.dirty).toEqual([])
    await session.commit()
    expect(await rows('select count(*) from "postTags"')).toEqual(['3'])
  })

  it('of a savepoint keeps what was changed before it', async () => {
    await using session = open()
    const post = await session.query(posts).with({ tags: true }).orderBy('id').first()
    const blue = await session.getOne(tags, 3)
    post!.tags.push(blue)
    await session
      .beginNested(async (nested) => {
        post!.tags.shift()
        await nested.flush()
        throw new TypeError('no')
      })
      .catch(() => undefined)
    expect(post!.tags.map(({ id }) => id)).toEqual([1, 2, 3])
    await session.commit()
    expect(await rows('select "tagId" from "postTags" where "postId" = 1 order by 1')).toEqual([
      '1',
      '2',
      '3',
    ])
  })

  it('takes away a relation that was assigned since', async () => {
    await using session = open()
    const comment = await session.getOne(comments, 1)
    Object.assign(comment, { user: await session.getOne(users, 2n) })
    await session.flush()
    expect(comment.userId).toBe(2n)
    await session.rollback()
    expect(comment.userId).toBe(1n)
    expect(Object.hasOwn(comment, 'user')).toBe(false)
  })
})
