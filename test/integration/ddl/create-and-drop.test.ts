import { describe, expect, inject, it } from 'vitest'
import { createStatements } from '../../../src/ddl/create-statements.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { createIn, dropIn, existingIn, runStatements } from './create-in.js'
import { everyFeature } from './every-feature.js'

const OBJECTS = `
  select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('app', 'Other Schema', 'empty')
  union all select n.nspname || '.' || t.typname from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where n.nspname in ('app', 'Other Schema', 'empty')
  union all select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname in ('app', 'Other Schema', 'empty')
  union all select nspname::text from pg_namespace where nspname in ('app', 'Other Schema', 'empty')
  union all select extname::text from pg_extension where extname <> 'plpgsql'`

describe('createStatements', () => {
  const database = cloneDatabase()
  const version = inject('serverVersion')

  it('creates everything, then finds nothing to do, and dropStatements leaves nothing behind', async () => {
    const metadata = everyFeature(version)
    await createIn(database.url, metadata)
    expect((await database.query(OBJECTS)).length).toBeGreaterThan(80)
    const again = createStatements(metadata, { existing: await existingIn(database.url, metadata) })
    expect(again.map(({ sql }) => sql)).toEqual([])
    await dropIn(database.url, metadata)
    expect(await database.query(OBJECTS)).toEqual([])
  })

  it('drops nothing, without an error, where nothing is', async () => {
    await dropIn(database.url, everyFeature(version))
    expect(await database.query(OBJECTS)).toEqual([])
  })

  it('creates only what is missing', async () => {
    const metadata = everyFeature(version)
    await createIn(database.url, metadata)
    await database.query(`
      drop trigger touch on app.accounts; drop materialized view app.a_totals; drop table app.bookings;
      drop table app.events_2026_eu; drop function app.accounts_of; drop sequence app."free numbers"`)
    const missing = createStatements(metadata, { existing: await existingIn(database.url, metadata) })
    expect(missing.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'setting check_function_bodies',
      'partition app.events_2026_eu',
      'sequence app.free numbers',
      'comment app.free numbers',
      'object app.accounts_of',
      'table app.bookings',
      'comment app.bookings.no_overlap',
      'materializedView app.a_totals',
      'index app.totals_kind',
      'comment app.a_totals',
      'object app.touch',
    ])
    await runStatements(database.url, metadata, missing)
    expect(createStatements(metadata, { existing: await existingIn(database.url, metadata) })).toEqual([])
    await dropIn(database.url, metadata)
  })

  it('works in any schema, whatever its name', async () => {
    const metadata = everyFeature(version, 'Ten"ant; drop')
    await createIn(database.url, metadata)
    await dropIn(database.url, metadata)
    expect(await database.query(`select 1 from pg_namespace where nspname like 'Ten%'`)).toEqual([])
  })
})
