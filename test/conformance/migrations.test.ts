import { sql, type Kysely } from 'kysely'
import * as fs from 'node:fs/promises'
import { tmpdir } from 'node:os'
import * as path from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { TestTables } from '../integration/session/open-database.js'
import { cloneDatabase } from '../support/clone-database.js'
import { isPooled } from '../support/via.js'
import { kyselyMigrations, type MigrationOfKysely } from './kysely-migrations.js'
import { reference, subjects, type Subject } from './subjects.js'

const cloned = cloneDatabase()
const { FileMigrationProvider, Migrator } = await kyselyMigrations()

afterEach(() =>
  cloned.query('drop table if exists kysely_migration, kysely_migration_lock, pet, toy cascade'),
)

const tables = async (): Promise<string[]> =>
  (
    await cloned.query<{ name: string }>(
      `select relname as name from pg_class where relname in ('pet', 'toy') order by relname`,
    )
  ).map(({ name }) => name)

const MIGRATIONS: Readonly<Record<string, MigrationOfKysely>> = {
  '001_pet': {
    up: (db) => db.schema.createTable('pet').addColumn('id', 'integer').execute(),
    down: (db) => db.schema.dropTable('pet').execute(),
  },
  '002_toy': {
    up: (db) => db.schema.createTable('toy').addColumn('id', 'integer').execute(),
    down: (db) => db.schema.dropTable('toy').execute(),
  },
}

const BROKEN: MigrationOfKysely = {
  async up(db) {
    await db.schema.createTable('late').addColumn('id', 'integer').execute()
    await sql`select 1 / 0`.execute(db)
  },
}

const migratorOf = (db: Kysely<TestTables>, migrations = MIGRATIONS) =>
  new Migrator({ db, provider: { getMigrations: () => Promise.resolve({ ...migrations }) } })

const able = subjects.filter(({ writes, transactions }) => writes !== 'refused' && transactions !== 'refused')

describe.skipIf(isPooled).each(able)('Kysely’s Migrator, on $name', ({ use, writes }: Subject) => {
  it('goes up and down, and knows what was done', async () => {
    await use(cloned.url, async (queries) => {
      const migrator = migratorOf(queries)
      const { error, results } = await migrator.migrateToLatest()
      expect(error).toBeUndefined()
      expect(results?.map(({ migrationName, status }) => [migrationName, status])).toEqual([
        ['001_pet', 'Success'],
        ['002_toy', 'Success'],
      ])
      // In a session they are part of its transaction: nothing is there before its commit.
      expect(await tables()).toEqual(writes === 'at once' ? ['pet', 'toy'] : [])
      expect(await migrator.migrateToLatest()).toEqual({ results: [] })
      expect((await migrator.migrateDown()).error).toBeUndefined()
      const known = await migrator.getMigrations()
      expect(known.map(({ name, executedAt }) => [name, executedAt !== undefined])).toEqual([
        ['001_pet', true],
        ['002_toy', false],
      ])
    })
    expect(await tables()).toEqual(['pet'])
  })

  it('keeps nothing of a run in which a migration failed, and gives its error', async () => {
    await use(cloned.url, async (queries) => {
      const migrator = migratorOf(queries, { ...MIGRATIONS, '003_broken': BROKEN })
      const { error, results } = await migrator.migrateToLatest()
      expect(String(error)).toMatch(/division.by.zero/)
      expect(results?.map(({ status }) => status)).toEqual(['Success', 'Success', 'Error'])
      // What is around it goes on.
      expect(await queries.selectFrom('account').select('id').where('id', '=', 1).execute()).toEqual([
        { id: 1 },
      ])
    })
    expect(await tables()).toEqual([])
  })

  it('reads migrations from files, as its command line does', async () => {
    const migrationFolder = await fs.mkdtemp(path.join(tmpdir(), 'conformance-migrations-'))
    try {
      await fs.writeFile(
        path.join(migrationFolder, '001_pet.mjs'),
        `export const up = (db) => db.schema.createTable('pet').addColumn('id', 'integer').execute()
         export const down = (db) => db.schema.dropTable('pet').execute()`,
      )
      await use(cloned.url, async (db) => {
        const provider = new FileMigrationProvider({ fs, path, migrationFolder })
        const migrator = new Migrator({ db, provider })
        expect((await migrator.migrateUp()).error).toBeUndefined()
      })
      expect(await tables()).toEqual(['pet'])
    } finally {
      await fs.rm(migrationFolder, { recursive: true, force: true })
    }
  })
})

describe.skipIf(isPooled).each(subjects.filter((subject) => !able.includes(subject)))(
  'Kysely’s Migrator, on $name',
  ({ use, writes }: Subject) => {
    // A session that can't write gives Kysely's own search for its tables the failure that was in front of it.
    const reason =
      writes === 'refused'
        ? { code: 'PENDING_ROLLBACK', cause: { sqlState: '25006' } }
        : { code: 'USAGE_ERROR' }

    it('is refused by design, and gives the reason', async () => {
      const { error } = await use(cloned.url, async (queries) => {
        const migrator = migratorOf(queries)
        // What fails before the first migration Kysely throws, or gives, by its version.
        const failed = await migrator.migrateToLatest().catch((thrown: unknown) => ({ error: thrown }))
        return failed
      })
      expect(error).toMatchObject(reason)
      expect(await tables()).toEqual([])
    })
  },
)

describe.runIf(isPooled).each(able.filter(({ name }) => name !== reference.name))(
  'Kysely’s Migrator behind a pooler in transaction mode, on $name',
  ({ use }: Subject) => {
    it('is refused by design: its lock would outlive its transaction on a connection of others', async () => {
      await use(cloned.url, async (queries) => {
        const { error } = await migratorOf(queries).migrateToLatest()
        expect(error).toMatchObject({ code: 'USAGE_ERROR', hint: 'Use pg_advisory_xact_lock().' })
      })
      expect(await tables()).toEqual([])
    })
  },
)
