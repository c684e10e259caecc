import { describe, expect, it } from 'vitest'
import { MultipleResultsFoundError, NoResultFoundError } from '../../../src/errors/result-error.js'
import { UsageError } from '../../../src/errors/usage-error.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { blogDatabase } from './blog-database.js'
import { posts, users } from './blog-tables.js'

const cloned = cloneDatabase()
const blog = blogDatabase(cloned)

async function seed(): Promise<void> {
  await cloned.query(`insert into users (email, name) values ('ada', 'Ada'), ('bob', null), ('cid', 'Cid')`)
  await cloned.query(
    `insert into posts ("authorId", title, views) select u.id, u.email || n, n from users u, generate_series(1, 3) n order by u.id, n`,
  )
}

describe('Session.query', () => {
  it('gives tracked objects, one for each row in the session', async () => {
    await seed()
    const session = blog.session()
    const all = await session.query(users).orderBy('id').all()
    expect(all.map((user) => user.email)).toEqual(['ada', 'bob', 'cid'])
    expect(await session.get(users, 1n)).toBe(all[0])
    expect(await session.query(users).where('email', '=', 'ada').one()).toBe(all[0])
    expect(session.contains(all[1] as object)).toBe(true)
  })

  it('writes at commit what was changed in what it gave', async () => {
    await seed()
    const session = blog.session()
    const bob = await session.query(users).where('name', 'is', null).one()
    bob.name = 'Bob'
    await session.commit()
    expect(await cloned.query(`select name from users where id = 2`)).toEqual([{ name: 'Bob' }])
  })

  it('keeps a change that was not flushed, unless told to overwrite it', async () => {
    await seed()
    const session = blog.session()
    const ada = await session.getOne(users, 1n)
    ada.name = 'Countess'
    await session.query(users).all()
    expect(ada.name).toBe('Countess')
    await session.query(users).populateExisting().all()
    expect(ada.name).toBe('Ada')
    expect(session.dirty).toEqual([])
  })

  it('takes expressions, orders, limits and offsets of Kysely', async () => {
    await seed()
    const session = blog.session()
    const found = await session
      .query(posts)
      .where((eb) => eb.or([eb('title', '=', 'ada1'), eb('views', '>', 1)]))
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('users')
            .select('users.id')
            .whereRef('users.id', '=', 'posts.authorId')
            .where('users.name', 'is not', null),
        ),
      )
      .orderBy('views', 'desc')
      .orderBy((eb) => eb.fn('length', ['title']))
      .orderBy('posts.id', 'desc')
      .limit(3)
      .offset(1)
      .all()
    expect(found.map((post) => post.title)).toEqual(['ada3', 'cid2', 'ada2'])
  })

  it('does not change when it is refined', async () => {
    await seed()
    const session = blog.session()
    const query = session.query(posts).where('views', '=', 1)
    void query.where('title', '=', 'ada1').limit(1)
    expect(await query.all()).toHaveLength(3)
  })

  it('gives the first object, or undefined', async () => {
    await seed()
    const session = blog.session()
    expect((await session.query(posts).orderBy('id', 'desc').first())?.title).toBe('cid3')
    expect(await session.query(posts).where('views', '=', 9).first()).toBeUndefined()
  })

  it('gives the only object, and says when there is none or another', async () => {
    await seed()
    const session = blog.session()
    const ada = session.query(users).where('email', '=', 'ada')
    expect((await ada.one()).name).toBe('Ada')
    expect((await ada.oneOrNone())?.name).toBe('Ada')
    const nobody = session.query(users).where('email', '=', 'x')
    expect(await nobody.oneOrNone()).toBeUndefined()
    await expect(nobody.one()).rejects.toBeInstanceOf(NoResultFoundError)
    await expect(session.query(users).one()).rejects.toBeInstanceOf(MultipleResultsFoundError)
    await expect(session.query(users).oneOrNone()).rejects.toBeInstanceOf(MultipleResultsFoundError)
    expect((await session.query(users).orderBy('id').limit(1).one()).email).toBe('ada')
  })

  it('counts rows and asks whether there are any, and loads none', async () => {
    await seed()
    const session = blog.session()
    const popular = session.query(posts).where('views', '>=', 2).orderBy('title')
    expect(await popular.count()).toBe(6)
    expect(await popular.limit(4).count()).toBe(4)
    expect(await popular.offset(5).count()).toBe(1)
    expect(await popular.exists()).toBe(true)
    expect(await session.query(posts).where('views', '=', 9).exists()).toBe(false)
  })

  it('streams objects chunk after chunk', async () => {
    await seed()
    const session = blog.session()
    const titles: string[] = []
    for await (const post of session.query(posts).orderBy('id').stream({ chunkSize: 4 }))
      titles.push(post.title)
    expect(titles).toHaveLength(9)
    expect(titles[8]).toBe('cid3')
    expect(blog.roundTrips.flat().filter((text) => text.startsWith('fetch forward 4'))).toHaveLength(3)
    expect(await session.get(posts, 9)).toMatchObject({ title: 'cid3' })
  })

  it('leaves the session usable when a stream is left early', async () => {
    await seed()
    const session = blog.session()
    for await (const post of session.query(posts).stream({ chunkSize: 1 })) if (post.title === 'ada2') break
    expect(await session.query(posts).count()).toBe(9)
    await session.commit()
  })

  it('refuses limits that are none', () => {
    const session = blog.session()
    expect(() => session.query(users).limit(-1)).toThrow(UsageError)
    expect(() => session.query(users).offset(1.5)).toThrow(UsageError)
  })
})
