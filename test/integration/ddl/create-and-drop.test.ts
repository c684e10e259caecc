import { describe, expect, inject, it } from 'vitest'
import { createStatements } from '../../../src/ddl/create-statements.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { view } from '../../../src/metadata/view.js'
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

  const people = table('people', { id: integer().primaryKey(), b: integer() })
  it.each([
    [
      'calls a common table by its own name',
      'with recursive a as (select 1 as id union select id + 1 from a where id < 3) select * from a',
    ],
    [
      'calls a common table by the name of a view that needs it',
      'with b as (select id from people) select * from b',
    ],
    ['has a column with the name of a view that needs it', 'select id, people.b from people'],
    ['calls a column by the name of a view that needs it', 'select id as b from people'],
    ['calls a table by the name of a view that needs it', 'select b.id from people b'],
  ])('creates a view that %s', async (_, query) => {
    const [a, b] = [view('a', query), view('b', 'select * from a')]
    for (const tables of [
      { a, b, people },
      { b, a, people },
    ]) {
      const metadata = new Metadata({ schema: 'views', tables })
      await createIn(database.url, metadata)
      expect(await database.query('select * from views.b')).toBeDefined()
      await dropIn(database.url, metadata)
    }
  })
})
