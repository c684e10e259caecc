import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bigint } from '../../../src/metadata/number-columns.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { relations } from '../../../src/metadata/relations.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import type { InferDatabase } from '../../../src/metadata/infer-database.js'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { cloneDatabase } from '../../support/clone-database.js'

// The scenarios of SQLAlchemy's test/ext/asyncio/test_session_py3k.py, under its names.
// Those without an equal here are in docs/guides/coming-from-sqlalchemy.md, "What has no equal, and why".
const users = table('users', { id: bigint().identity().primaryKey(), name: text().notNull() })
const addresses = table('addresses', {
  id: bigint().identity().primaryKey(),
  userId: bigint()
    .notNull()
    .references(() => users.id),
  email: text().notNull(),
})
const a = table('a', { id: bigint().identity().primaryKey(), name: text() })
const b = table('b', { id: bigint().identity().primaryKey(), aId: bigint().references(() => a.id) })
const tables = { users, addresses, a, b }
const related = relations(tables, {
  users: (r) => ({ addresses: r.many('addresses', { id: 'userId' }, { cascade: 'deleteOrphan' }) }),
  a: (r) => ({ b: r.one('b', { id: 'aId' }) }),
})
interface DB extends InferDatabase<typeof tables, typeof related> {}

const cloned = cloneDatabase()
const opened: AsyncDatabase<DB>[] = []
function database(): AsyncDatabase<DB> {
  opened.push(
    new AsyncDatabase<DB>({ url: cloned.url, metadata: new Metadata({ tables, relations: related }) }),
  )
  return opened.at(-1) as AsyncDatabase<DB>
}
const namesOutside = async (): Promise<string[]> =>
  (await cloned.query<{ name: string }>('select name from users order by id')).map(({ name }) => name)

beforeEach(async () => {
  await using first = new AsyncDatabase<DB>({
    url: cloned.url,
    metadata: new Metadata({ tables, relations: related }),
  })
  await first.createAll()
  await cloned.query('truncate users, addresses, a, b restart identity cascade')
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close({ graceMillis: 0 })))
})

describe('AsyncSessionQueryTest', () => {
  beforeEach(async () => {
    await cloned.query(`
      insert into users (name) values ('jack'), ('ed'), ('fred'), ('chuck');
      insert into addresses ("userId", email) values (1, 'jack@bean.com'), (2, 'ed@wood.com'), (2, 'ed@lala.com')`)
  })

  it('test_execute', async () => {
    await using session = database().session()
    const all = await session.query(users).with({ addresses: true }).orderBy('id').all()
    expect(all.map(({ name, addresses: own }) => [name, own.length])).toEqual([
      ['jack', 1],
      ['ed', 2],
      ['fred', 0],
      ['chuck', 0],
    ])
  })

  it('test_scalar', async () => {
    await using session = database().session()
    const query = session.selectFrom('users').select('id').orderBy('id').limit(1)
    expect((await session.execute(query)).scalar()).toBe(1n)
  })

  it('test_scalars', async () => {
    await using session = database().session()
    const query = session.selectFrom('users').select('name').orderBy('id')
    expect((await session.execute(query)).scalars()).toEqual(['jack', 'ed', 'fred', 'chuck'])
  })

  it('test_get', async () => {
    await using session = database().session()
    const first = await session.get(users, 1)
    expect(first?.name).toBe('jack')
    expect(await session.get(users, 1)).toBe(first)
    expect(await session.get(users, 12)).toBeUndefined()
  })

  it('test_get_loader_options', async () => {
    await using session = database().session()
    const jack = await session.load(await session.getOne(users, 1), { addresses: true })
    expect(jack.addresses).toHaveLength(1)
  })

  it('test_stream_partitions', async () => {
    await using session = database().session()
    const seen: [string, number][] = []
    for await (const { name, addresses: own } of session
      .query(users)
      .with({ addresses: true })
      .orderBy('id')
      .stream({ chunkSize: 3 }))
      seen.push([name, own.length])
    expect(seen).toEqual([
      ['jack', 1],
      ['ed', 2],
      ['fred', 0],
      ['chuck', 0],
    ])
  })
})

describe('AsyncSessionTransactionTest', () => {
  it('test_orm_sessionmaker_block_one', async () => {
    const { sessions } = database()
    await using session = sessions.session()
    session.begin()
    session.add(users, { name: 'u1' })
    expect(session.inTransaction).toBe(true)
    await session.commit()
    expect(session.inTransaction).toBe(false)
    expect(await namesOutside()).toEqual(['u1'])
  })

  it('test_orm_sessionmaker_block_two', async () => {
    const db = database()
    await db.begin(async (session) => {
      session.add(users, { name: 'u1' })
      expect(session.inTransaction).toBe(true)
    })
    await using other = db.session()
    expect((await other.query(users).where('name', '=', 'u1').one()).name).toBe('u1')
  })

  it('test_trans', async () => {
    await database().begin(
      async (session) => {
        const u1 = session.add(users, { name: 'u1' })
        expect(await session.query(users).one()).toBe(u1)
        expect(await namesOutside()).toEqual([])
      },
      { autoflush: true },
    )
    expect(await namesOutside()).toEqual(['u1'])
  })

  it('test_commit_as_you_go', async () => {
    await using session = database().session({ autoflush: true })
    const u1 = session.add(users, { name: 'u1' })
    expect(await session.query(users).one()).toBe(u1)
    expect(await namesOutside()).toEqual([])
    await session.commit()
    expect(await namesOutside()).toEqual(['u1'])
  })

  it('test_delete', async () => {
    await using session = database().session()
    const u1 = session.add(users, { name: 'u1' })
    await session.flush()
    expect(await session.query(users).count()).toBe(1)
    session.delete(u1)
    await session.flush()
    expect(await session.query(users).count()).toBe(0)
  })

  it('test_flush', async () => {
    await using session = database().session()
    session.add(users, { name: 'u1' })
    expect(await session.query(users).count()).toBe(0)
    await session.flush()
    expect(await session.query(users).count()).toBe(1)
  })

  it('test_refresh', async () => {
    await using session = database().session()
    const u1 = session.add(users, { name: 'u1' })
    await session.flush()
    await session.updateTable('users').set({ name: 'u2' }).execute()
    expect(u1.name).toBe('u1')
    await session.refresh(u1)
    expect(u1.name).toBe('u2')
    expect(await session.query(users).count()).toBe(1)
  })

  it('test_merge', async () => {
    await using session = database().session()
    const u1 = session.add(users, { id: 1, name: 'u1' })
    await session.commit()
    expect(await session.merge(users, { id: 1, name: 'new u1' })).toBe(u1)
    expect(u1.name).toBe('new u1')
    await session.commit()
    expect(await namesOutside()).toEqual(['new u1'])
  })

  it('test_merge_loader_options', async () => {
    const db = database()
    await db.begin(async (session) => {
      const u1 = session.add(users, { id: 1, name: 'u1', addresses: [] })
      u1.addresses.push(session.add(addresses, { userId: u1.id, email: 'e1' }))
    })
    await using session = db.session()
    const merged = await session.load(await session.merge(users, { id: 1, name: 'new u1' }), {
      addresses: true,
    })
    expect(merged.name).toBe('new u1')
    expect(merged.addresses).toHaveLength(1)
  })

  it('test_join_to_external_transaction', async () => {
    await using session = database().session()
    await session.transactional(async (outer) => {
      await outer.transactional(async (inner) => {
        inner.add(users, { name: 'u1' })
      })
      await outer.flush()
      expect(await outer.query(users).count()).toBe(1)
    })
    await session.rollback()
    expect(await namesOutside()).toEqual(['u1'])
  })

  it('test_join_to_external_transaction_with_savepoints', async () => {
    await using session = database().session()
    await session.beginNested(async (nested) => {
      nested.add(users, { name: 'u1' })
    })
    expect(await session.query(users).count()).toBe(1)
    await session
      .beginNested(async (nested) => {
        nested.add(users, { name: 'u2' })
        await nested.flush()
        expect(await nested.query(users).count()).toBe(2)
        throw new TypeError('no')
      })
      .catch(() => undefined)
    expect(await session.query(users).count()).toBe(1)
    await session.rollback()
    expect(await namesOutside()).toEqual([])
  })

  it('test_invalidate', async () => {
    const db = database()
    await using session = db.session()
    await sql`select 1`.execute(session)
    session.invalidate()
    await session.rollback()
    expect(session.inTransaction).toBe(false)
    await expect.poll(() => db.engine.stats().inUse).toBe(0)
  })
})

describe('AsyncCascadesTest', () => {
  it('test_delete_w_cascade', async () => {
    const db = database()
    await db.begin(async (session) => {
      const u1 = session.add(users, { name: 'u1' })
      session.add(addresses, { email: 'e1', userId: session.later(u1, 'id') })
    })
    await db.begin(async (session) => {
      session.delete(await session.query(users).one())
    })
    expect(await cloned.query('select 1 from addresses')).toEqual([])
  })
})

describe('AsyncORMBehaviorsTest', () => {
  it('test_new_style_active_history', async () => {
    await using session = database().session()
    const b1 = session.add(b, {})
    const a1 = session.add(a, { b: b1 })
    await session.commit()
    expect(b1.aId).toBe(a1.id)
    a1.b = session.add(b, {})
    await session.flush()
    expect(b1.aId).toBeNull()
    const left = session.query(b).where('id', '=', b1.id).where('aId', 'is', null)
    expect(await left.count()).toBe(1)
  })
})

describe('AsyncEventTest', () => {
  it('test_sync_before_commit', async () => {
    const calls: string[] = []
    await database().begin(async (session) => {
      session.beforeCommit(() => void calls.push('before commit'))
      await sql`select 1`.execute(session)
    })
    expect(calls).toEqual(['before commit'])
  })
})

describe('AsyncProxyTest', () => {
  it('test_get_transaction', async () => {
    await using session = database().session()
    expect(session.inTransaction).toBe(false)
    session.begin()
    expect(session.inTransaction).toBe(true)
    await session.beginNested(async (nested) => {
      await sql`select 1`.execute(nested)
    })
    await session.commit()
    expect(session.inTransaction).toBe(false)
  })

  it('test_async_object_session', async () => {
    const db = database()
    await using s1 = db.session()
    const s2 = db.session()
    const u1 = s1.add(users, { name: 'n1' })
    const u2 = s2.add(users, { name: 'n2' })
    expect([s1.contains(u1), s1.contains(u2), s2.contains(u2)]).toEqual([true, false, true])
    s2.expunge(u2)
    expect(s2.contains(u2)).toBe(false)
    await s2.close()
  })
})
