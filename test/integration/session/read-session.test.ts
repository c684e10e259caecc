import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import { openDatabase, type TestTables } from './open-database.js'

const cloned = cloneDatabase()

describe('DatabaseView.readSession', () => {
  it('opens a session that reads, whose writes the server refuses', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.readSession({ isolationLevel: 'repeatable read' })
    expect(await session.selectFrom('account').select('id').limit(1).execute()).toHaveLength(1)
    const written = sql`insert into person (name) values ('Ada')`.execute(session)
    expect(await failureOf(written)).toMatchObject({ sqlState: '25006' })
  })

  it('stays READ ONLY whatever is asked of it later', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.readSession()
    const asWritten = session as unknown as Session<TestTables>
    expect(() => asWritten.begin({ readOnly: false })).toThrow(ConfigurationError)
    expect(() => database.readSession({ readOnly: false } as object)).toThrow(ConfigurationError)
    for (const propagation of ['requiresNew', 'notSupported', 'supports'] as const) {
      const written = asWritten.transactional(
        (other) => other.insertInto('person').values({ name: 'Ada' }).execute(),
        { propagation },
      )
      expect(await failureOf(written)).toMatchObject({ sqlState: '25006' })
    }
    expect(await cloned.query('select name from person')).toEqual([])
  })

  it('reads from another schema and through common table expressions', async () => {
    const database = openDatabase(cloned.url)
    await using session = database.readSession()
    const rich = await session
      .withSchema('public')
      .with('rich', (db) => db.selectFrom('account').select('id').where('balance', '>=', 0))
      .selectFrom('rich')
      .select('id')
      .limit(1)
      .execute()
    expect(rich).toHaveLength(1)
  })
})
