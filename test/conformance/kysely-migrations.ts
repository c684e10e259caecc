import type { Kysely } from 'kysely'

/** One migration, as Kysely asks for it. */
export interface MigrationOfKysely {
  up(db: Kysely<never>): Promise<void>
  down?(db: Kysely<never>): Promise<void>
}

interface MigrationResults {
  readonly error?: unknown
  readonly results?: readonly {
    readonly migrationName: string
    readonly direction: 'Up' | 'Down'
    readonly status: 'Success' | 'Error' | 'NotExecuted'
  }[]
}

interface MigratorOfKysely {
  migrateToLatest(): Promise<MigrationResults>
  migrateUp(): Promise<MigrationResults>
  migrateDown(): Promise<MigrationResults>
  getMigrations(): Promise<readonly { readonly name: string; readonly executedAt?: Date | undefined }[]>
}

interface MigrationProviderOfKysely {
  getMigrations(): Promise<Record<string, MigrationOfKysely>>
}

/** What Kysely has for migrations, described here because its two lines keep it in different places. */
export interface KyselyMigrations {
  readonly Migrator: new (options: {
    readonly db: unknown
    readonly provider: MigrationProviderOfKysely
  }) => MigratorOfKysely
  readonly FileMigrationProvider: new (options: {
    readonly fs: object
    readonly path: object
    readonly migrationFolder: string
  }) => MigrationProviderOfKysely
}

/** From `kysely/migration`, where 0.29 has them, else from `kysely`. */
export async function kyselyMigrations(): Promise<KyselyMigrations> {
  const entry: string = 'kysely/migration'
  const module: unknown = await import(/* @vite-ignore */ entry).catch(() => import('kysely'))
  return module as KyselyMigrations
}
