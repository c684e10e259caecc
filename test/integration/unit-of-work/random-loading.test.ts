import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { blogDatabase } from './blog-database.js'
import { metadata, users, type DB } from './blog-tables.js'

const database = cloneDatabase()
blogDatabase(database)

const graph = fc.record({
  users: fc.integer({ min: 1, max: 6 }),
  managers: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 6 }),
  posts: fc.array(fc.record({ author: fc.nat(5), views: fc.nat(3) }), { maxLength: 14 }),
  comments: fc.array(fc.tuple(fc.nat(13), fc.option(fc.nat(5))), { maxLength: 20 }),
  tags: fc.uniqueArray(fc.tuple(fc.nat(13), fc.nat(3)), {
    maxLength: 20,
    selector: ([post, tag]) => `${String(post)} ${String(tag)}`,
  }),
})
/** How a list is asked for: which rows, in which order, how many of them for each parent. */
const how = fc.record({
  atLeast: fc.nat(2),
  isDescending: fc.boolean(),
  limit: fc.option(fc.integer({ min: 1, max: 3 })),
})
type How = typeof how extends fc.Arbitrary<infer H> ? H : never
type Graph = typeof graph extends fc.Arbitrary<infer G> ? G : never

async function store(given: Graph): Promise<void> {
  await database.query('truncate users, posts, blog_comments, tags, "postTags" restart identity cascade')
  const user = (at: number): number => 1 + (at % given.users)
  for (let id = 1; id <= given.users; id++)
    await database.query(`insert into users (email) values ('user ${String(id)}')`)
  for (const [who, whom] of given.managers)
    await database.query(
      `update users set "managerId" = ${String(user(whom))} where id = ${String(user(who))}`,
    )
  for (const { author, views } of given.posts)
    await database.query(
      `insert into posts ("authorId", title, views) values (${String(user(author))}, 'post', ${String(views)})`,
    )
  await database.query("insert into tags (label) values ('a'), ('b'), ('c'), ('d')")
  if (given.posts.length === 0) return
  const post = (at: number): number => 1 + (at % given.posts.length)
  for (const [at, by] of given.comments) {
    const author = by === null ? 'null' : String(user(by))
    await database.query(
      `insert into blog_comments (post_id, user_id, body) values (${String(post(at))}, ${author}, 'text')`,
    )
  }
  for (const [at, tag] of given.tags)
    await database.query(
      `insert into "postTags" values (${String(post(at))}, ${String(1 + tag)}) on conflict do nothing`,
    )
}

/** The same graph read naively: one statement for each row and relation. */
async function readRowByRow({ atLeast, isDescending, limit }: How): Promise<unknown> {
  const order = isDescending ? 'desc' : 'asc'
  const window = limit === null ? '' : `limit ${String(limit)}`
  const found: unknown[] = []
  for (const user of await ids('select id, "managerId" as link from users order by id')) {
    const own: unknown[] = []
    const posts = await ids(
      `select id, "authorId" as link from posts where "authorId" = ${user.id} and views >= ${String(atLeast)}
       order by id ${order} ${window}`,
    )
    for (const { id, link } of posts) {
      const comments = await ids(
        `select id, user_id as link from blog_comments where post_id = ${id} order by id ${order} ${window}`,
      )
      const tags = await ids(
        `select id, id as link from tags where id in (select "tagId" from "postTags" where "postId" = ${id}) order by id ${order}`,
      )
      own.push({
        id,
        author: link,
        comments: comments.map((each) => [each.id, each.link]),
        tags: tags.map((each) => each.id),
      })
    }
    found.push({ id: user.id, manager: user.link, posts: own })
  }
  return found
}

async function ids(text: string): Promise<{ id: string; link: string | null }[]> {
  const rows = await database.query<{ id: bigint | number; link: bigint | number | null }>(text)
  return rows.map(({ id, link }) => ({ id: String(id), link: link === null ? null : String(link) }))
}

async function readTogether(
  blog: AsyncDatabase<DB>,
  { atLeast, isDescending, limit }: How,
): Promise<unknown> {
  await using session = blog.session()
  const order = isDescending ? 'desc' : 'asc'
  const all = await session
    .query(users)
    .orderBy('id')
    .with({
      manager: true,
      posts: (q) => {
        const posts = q
          .where('views', '>=', atLeast)
          .orderBy('id', order)
          .with({
            author: 'joined',
            comments: (c) => {
              const comments = c.orderBy('id', order).with({ user: true })
              return limit === null ? comments : comments.limit(limit)
            },
            tags: (t) => t.orderBy('id', order),
          })
        return limit === null ? posts : posts.limit(limit)
      },
    })
    .all()
  const text = (id: bigint | number | undefined): string | null => (id === undefined ? null : String(id))
  return all.map(({ id, manager, posts }) => ({
    id: text(id),
    manager: text(manager?.id),
    posts: posts.map((post) => ({
      id: text(post.id),
      author: text(post.author.id),
      comments: post.comments.map((comment) => [text(comment.id), text(comment.user?.id)]),
      tags: post.tags.map((tag) => text(tag.id)),
    })),
  }))
}

describe('ObjectQuery.with', () => {
  it('equals naive loading row by row, whatever is nested, filtered, ordered and limited', async () => {
    await using blog = new AsyncDatabase<DB>({ ...via(database.url), metadata })
    const numRuns = Number(process.env['PROPERTY_RUNS'] ?? 15)
    await fc.assert(
      fc.asyncProperty(graph, how, async (given, asked) => {
        await store(given)
        expect(await readTogether(blog, asked)).toEqual(await readRowByRow(asked))
      }),
      { numRuns },
    )
  }, 600_000)
})
