import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { LazyLoadError, UsageError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { blogDatabase } from './blog-database.js'
import { comments, lines, orders, posts, tags, users } from './blog-tables.js'

const cloned = cloneDatabase()
const blog = blogDatabase(cloned)

async function seed(): Promise<void> {
  await cloned.query(
    `insert into users (email, "managerId") values ('ada', null), ('bob', 1), ('cid', 1), ('dot', 2)`,
  )
  await cloned.query(`insert into profiles values (1, 'Think'), (3, 'Rest')`)
  await cloned.query(
    `insert into posts ("authorId", "editorId", title, views) values (1, 2, 'a1', 1), (1, null, 'a2', 5), (2, 1, 'b1', 3), (1, 2, 'a3', 3)`,
  )
  await cloned.query(
    `insert into blog_comments (post_id, user_id, body) values (1, 2, 'x'), (1, null, 'y'), (3, 1, 'z'), (1, 3, 'w')`,
  )
  await cloned.query(`insert into tags (label) values ('red'), ('blue'), ('green')`)
  await cloned.query(`insert into "postTags" values (1, 2), (1, 1), (2, 1), (4, 3)`)
}

describe('a relation that was not loaded', () => {
  it('throws when it is read, and says what would load it', async () => {
    await seed()
    const session = blog.session()
    const user = await session.query(users).where('id', '=', 1n).one()
    const read = (): unknown => (user as unknown as { posts: unknown }).posts
    expect(read).toThrow(LazyLoadError)
    expect(read).toThrow('posts of this users object was not loaded')
    try {
      read()
    } catch (error) {
      expect((error as LazyLoadError).hint).toContain('session.query(users).with({ posts: true })')
    }
    const added = session.add(users, { email: 'new' })
    expect(() => (added as unknown as { posts: unknown }).posts).toThrow(LazyLoadError)
  })

  it('is no matter for those who copy, print, compare or write the object', async () => {
    await seed()
    const session = blog.session()
    const user = await session.query(users).where('id', '=', 2n).one()
    const plain = { id: 2n, email: 'bob', name: null, managerId: 1n }
    expect({ ...user }).toEqual(plain)
    expect(structuredClone(user)).toEqual(plain)
    expect(JSON.stringify({ ...user, id: 2, managerId: 1 })).toBe(
      '{"id":2,"email":"bob","name":null,"managerId":1}',
    )
    expect(inspect(user)).toBe("{ id: 2n, email: 'bob', name: null, managerId: 1n }")
    expect(Object.keys(user)).toEqual(['id', 'email', 'name', 'managerId'])
    expect(user).toStrictEqual(plain)
    expect(session.isModified(user)).toBe(false)
    user.name = 'Bob'
    await session.commit()
    expect(session.dirty).toEqual([])
  })
})

describe('ObjectQuery.with', () => {
  it('loads lists with one more statement, whatever the number of parents', async () => {
    await seed()
    const session = blog.session()
    const all = await session
      .query(users)
      .orderBy('id')
      .with({ posts: (q) => q.orderBy('id') })
      .all()
    expect(all.map((user) => user.posts.map((post) => post.title))).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1'],
      [],
      [],
    ])
    expect(blog.roundTrips.flat()).toHaveLength(2)
    expect(blog.roundTrips[1]?.[0]).toContain('= any($1::bigint[])')
  })

  it('sends the statements of one level in one round trip', async () => {
    await seed()
    const session = blog.session()
    const [ada] = await session
      .query(users)
      .orderBy('id')
      .with({ posts: { tags: true, comments: { user: true } }, profile: true, comments: true })
      .all()
    expect(blog.roundTrips.map((statements) => statements.length)).toEqual([1, 3, 2])
    expect(ada?.profile?.motto).toBe('Think')
    const first = ada?.posts.find((post) => post.title === 'a1')
    expect(first?.tags.map((tag) => tag.label).sort()).toEqual(['blue', 'red'])
    // Those who commented are the objects that the query itself gave: nothing had to be sent for them.
    expect(first?.comments.map((comment) => comment.user?.email ?? null).sort()).toEqual(['bob', 'cid', null])
  })

  it('gives one object for a row, however often it is met', async () => {
    await seed()
    const session = blog.session()
    const all = await session.query(posts).orderBy('id').with({ author: true, editor: true }).all()
    expect(all[0]?.author).toBe(all[1]?.author)
    expect(all[0]?.author).toBe(all[2]?.editor)
    expect(all[1]?.editor).toBeNull()
  })

  it('joins one row in the same statement, to any depth', async () => {
    await seed()
    const session = blog.session()
    const all = await session
      .query(posts)
      .where('views', '>', 1)
      .orderBy('title')
      .limit(3)
      .with({
        author: (q) => q.joined().with({ manager: 'joined', profile: true }),
        editor: 'joined',
      })
      .all()
    expect(
      all.map((post) => [post.title, post.author?.email, post.author?.manager?.email, post.editor?.email]),
    ).toEqual([
      ['a2', 'ada', undefined, undefined],
      ['a3', 'ada', undefined, 'bob'],
      ['b1', 'bob', 'ada', 'ada'],
    ])
    expect(all[0]?.author?.profile?.motto).toBe('Think')
    expect(blog.roundTrips.map((statements) => statements.length)).toEqual([1, 1])
  })

  it('joins only rows that meet a condition', async () => {
    await seed()
    const session = blog.session()
    const all = await session
      .query(posts)
      .orderBy('posts.id')
      .with({ author: (q) => q.joined().where('id', '=', 2n) })
      .all()
    expect(all.map((post) => post.author?.email)).toEqual([undefined, undefined, 'bob', undefined])
    expect(blog.roundTrips).toHaveLength(1)
  })

  it('orders and limits the rows of each parent', async () => {
    await seed()
    const session = blog.session()
    const all = await session
      .query(users)
      .orderBy('id')
      .with({
        posts: (q) => q.where('views', '<', 5).orderBy('views', 'desc').orderBy('id').limit(1).offset(1),
      })
      .all()
    expect(all.map((user) => user.posts.map((post) => post.title))).toEqual([['a1'], [], [], []])
    const tops = await session
      .query(posts)
      .orderBy('id')
      .with({ tags: (q) => q.orderBy('label').limit(1) })
      .all()
    expect(tops.map((post) => post.tags.map((tag) => tag.label))).toEqual([['blue'], ['red'], [], ['green']])
  })

  it('follows keys of several columns', async () => {
    await cloned.query(`insert into orders values ('a', 1), ('a', 2), ('b', 1)`)
    await cloned.query(
      `insert into lines (shop, "orderNo", price) values ('a', 1, 1), ('a', 2, 2), ('a', 1, 3), ('b', null, 4), (null, null, 5)`,
    )
    const session = blog.session()
    const all = await session
      .query(orders)
      .orderBy('shop')
      .orderBy('no')
      .with({ lines: (q) => q.orderBy('id') })
      .all()
    expect(all.map((order) => order.lines.map((line) => line.price))).toEqual([['1', '3'], ['2'], []])
    const back = await blog.session().query(lines).orderBy('id').with({ order: true }).all()
    expect(back.map((line) => line.order?.no ?? null)).toEqual([1, 2, 1, null, null])
    const joined = await blog.session().query(lines).orderBy('lines.id').with({ order: 'joined' }).all()
    expect(joined.map((line) => line.order?.no ?? null)).toEqual([1, 2, 1, null, null])
  })

  it('lets the server compare keys that have several texts', async () => {
    await cloned.query(`insert into rates values (1.50, 'one and a half')`)
    await cloned.query(`insert into lines (price) values (1.5), (1.500), (2)`)
    const session = blog.session()
    const all = await session.query(lines).orderBy('id').with({ rate: true }).all()
    expect(all.map((line) => line.rate?.name)).toEqual(['one and a half', 'one and a half', undefined])
  })

  it('loads a tree through itself', async () => {
    await seed()
    const session = blog.session()
    const top = await session
      .query(users)
      .where('id', '=', 1n)
      .with({ reports: { reports: { manager: true } } })
      .one()
    expect(top.reports.map((user) => user.email).sort()).toEqual(['bob', 'cid'])
    const bob = top.reports.find((user) => user.email === 'bob')
    expect(bob?.reports[0]?.email).toBe('dot')
    expect(bob?.reports[0]?.manager).toBe(bob)
  })

  it('means the columns by their keys, whatever the database calls them', async () => {
    await seed()
    const session = blog.session()
    const all = await session
      .query(comments)
      .where('postId', '=', 1)
      .where('comments.userId', 'is not', null)
      .orderBy('userId', 'desc')
      .with({
        user: (q) =>
          q.joined().with({ comments: (r) => r.where('postId', '=', 1).orderBy('postId').limit(1) }),
        post: { comments: (q) => q.orderBy('userId').orderBy('comments.id') },
      })
      .all()
    expect(all.map((comment) => [comment.body, comment.user?.email])).toEqual([
      ['w', 'cid'],
      ['x', 'bob'],
    ])
    expect(all[0]?.user?.comments).toEqual([all[0]])
    expect(all[0]?.post.comments.map((comment) => comment.body)).toEqual(['x', 'w', 'y'])
  })

  it('sends nothing for relations of no rows', async () => {
    const session = blog.session()
    expect(
      await session
        .query(posts)
        .with({ author: true, tags: { posts: true } })
        .all(),
    ).toEqual([])
    expect(blog.roundTrips).toHaveLength(1)
  })

  it('streams rows with their relations, chunk after chunk', async () => {
    await seed()
    const session = blog.session()
    const seen: string[] = []
    const query = session
      .query(posts)
      .orderBy('id')
      .with({ author: true, tags: (q) => q.orderBy('label') })
    for await (const post of query.stream({ chunkSize: 3 }))
      seen.push(`${post.title} ${post.author.email} ${post.tags.map((tag) => tag.label).join('+')}`)
    expect(seen).toEqual(['a1 ada blue+red', 'a2 ada red', 'b1 bob ', 'a3 ada green'])
  })

  it('keeps a list that was changed, and reads others again', async () => {
    await seed()
    const session = blog.session()
    const ada = await session.query(users).where('id', '=', 1n).with({ posts: true, edited: true }).one()
    const [own] = ada.posts.splice(0, 1)
    await cloned.query(`insert into posts ("authorId", "editorId", title) values (1, 1, 'a4')`)
    await session.commit().catch(() => undefined)
    const again = blog.session()
    const fresh = await again.query(users).where('id', '=', 1n).with({ posts: true, edited: true }).one()
    expect(fresh.posts).toHaveLength(4)
    expect(fresh.edited).toHaveLength(2)
    fresh.posts.pop()
    await again.query(users).with({ posts: true, edited: true }).all()
    expect(fresh.posts).toHaveLength(3)
    await again.query(users).populateExisting().with({ posts: true }).all()
    expect(fresh.posts).toHaveLength(4)
    expect(own?.title).toBeDefined()
  })

  it('refuses relations that there are not, and what can not be joined', () => {
    const session = blog.session()
    const untyped = session.query(users) as unknown as { with(options: object): unknown }
    expect(() => untyped.with({ post: true })).toThrow('Did you mean posts?')
    expect(() => untyped.with({ posts: 'joined' })).toThrow(UsageError)
    expect(() => untyped.with({ profile: 'joined' })).not.toThrow()
    expect(() => untyped.with({ posts: 1 })).toThrow('with() was given 1 for users.posts')
    expect(() => session.query(posts).with({ author: (q) => q.joined().limit(1) })).toThrow(UsageError)
  })
})

describe('Session.load', () => {
  it('loads relations of objects that are there already', async () => {
    await seed()
    const session = blog.session()
    const all = await session.query(posts).orderBy('id').all()
    const loaded = await session.load(all, { author: { profile: true }, tags: (q) => q.orderBy('label') })
    expect(loaded).toBe(all)
    expect(loaded[0]?.author.profile?.motto).toBe('Think')
    expect(loaded[0]?.tags.map((tag) => tag.label)).toEqual(['blue', 'red'])
    expect(blog.roundTrips.map((statements) => statements.length)).toEqual([1, 2, 1])
    const [red] = await session.query(tags).where('label', '=', 'red').all()
    if (red === undefined) throw new Error('no tag')
    expect((await session.load(red, { posts: (q) => q.orderBy('id') })).posts).toEqual([all[0], all[1]])
  })

  it('asks for nothing that the session has', async () => {
    await seed()
    const session = blog.session()
    await session.query(users).all()
    const all = await session.query(posts).all()
    blog.roundTrips.length = 0
    const [first] = await session.load(all, { author: true, editor: true })
    expect(first?.author.email).toBe('ada')
    expect(blog.roundTrips).toEqual([])
  })

  it('gives new objects empty relations, and refuses strangers', async () => {
    const session = blog.session()
    const ada = session.add(users, { email: 'ada' })
    const loaded = await session.load(ada, { posts: true, profile: true })
    expect([loaded.posts, loaded.profile]).toEqual([[], null])
    expect(blog.roundTrips).toEqual([])
    await expect(session.load({ ...ada }, { posts: true })).rejects.toBeInstanceOf(UsageError)
    await expect(
      session.load([ada, session.add(tags, { label: 'x' })] as never[], {} as never),
    ).rejects.toThrow('objects of users and of tags')
  })

  it('takes what was loaded away again on expire()', async () => {
    await seed()
    const session = blog.session()
    const ada = await session.query(users).where('id', '=', 1n).with({ posts: true }).one()
    session.expire(ada)
    expect(() => ada.posts).toThrow(LazyLoadError)
  })
})
