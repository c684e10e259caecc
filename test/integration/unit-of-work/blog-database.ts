import { afterEach, beforeAll, beforeEach } from 'vitest'
import { AsyncDatabase, type DatabaseOptions } from '../../../src/database/async-database.js'
import type { Session } from '../../../src/session/session.js'
import type { ClonedDatabase } from '../../support/clone-database.js'
import { via } from '../../support/via.js'
import { metadata, type DB } from './blog-tables.js'

/** Sessions of a test on the tables of the blog, and what they send. */
export interface BlogSessions {
  /** Opens a session that the end of the test closes. */
  session(options?: Omit<DatabaseOptions, 'metadata' | 'url'>): Session<DB>
  /** Statements sent by the sessions since the last `clear()`, by round trip; without those that begin and end. */
  readonly roundTrips: string[][]
}

/** Makes the tables in the test file's database, and empties them before each test. */
export function blogDatabase(cloned: ClonedDatabase): BlogSessions {
  const open: AsyncDatabase<DB>[] = []
  const roundTrips: string[][] = []
  beforeAll(async () => {
    await using database = new AsyncDatabase<DB>({ ...via(cloned.url), metadata })
    await database.createAll()
  })
  beforeEach(async () => {
    const names = metadata.description.tables.map(({ name }) => JSON.stringify(name))
    await cloned.query(`truncate ${names.join(', ')} restart identity cascade`)
    roundTrips.length = 0
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((database) => database.close({ graceMillis: 0 })))
  })
  return {
    roundTrips,
    session(options = {}) {
      const database = new AsyncDatabase<DB>({ ...via(cloned.url), metadata, ...options })
      open.push(database)
      database.engine.on('roundTrip', ({ statements }) => {
        const own = statements.filter(
          (text) =>
            !/^(?:begin|commit|rollback|set |select .*set_config|select .*pg_current_xact_id)/.test(text),
        )
        if (own.length > 0) roundTrips.push(own)
      })
      return database.session()
    },
  }
}
