import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'
import { createIn } from './create-in.js'
import { everyFeature } from './every-feature.js'

/** What the server prints of everything that was declared; a later version may have more lines. */
describe('The catalogs, after createStatements', () => {
  const database = cloneDatabase()
  const version = inject('serverVersion')

  beforeAll(async () => {
    await createIn(database.url, everyFeature(version))
    // The server prints a name without its schema where the search path finds it.
    await database.query('set search_path to pg_catalog')
  })
  afterAll(async () => {
    await database.query('reset search_path')
  })

  const lines = async (sql: string) => (await database.query<{ line: string }>(sql)).map(({ line }) => line)

  it('hold each constraint with all its options', async () => {
    const found = await lines(`
      select concat_ws(' | ', case when conrelid <> 0 then conrelid::regclass::text end, conname,
          pg_get_constraintdef(oid), obj_description(oid)) as line
        from pg_constraint
        where connamespace::regnamespace::text in ('app', '"Other Schema"') and contype <> 'n'`)
    expect(found).toEqual(
      expect.arrayContaining([
        'year_min | CHECK ((VALUE > 1900))',
        'year_max | CHECK ((VALUE < 2200)) NOT VALID',
        'app.accounts | accounts_key | PRIMARY KEY (id)',
        'app.accounts | accounts_label_key | UNIQUE (label)',
        "app.accounts | accounts_label_check | CHECK (((label)::text <> ''::text))",
        'app.accounts | accounts_legacy_check | CHECK ((legacy < 1000000)) NOT VALID',
        `app.accounts | sane | CHECK ((((label)::text <> 'it''s'::text) AND (legacy > 0))) NO INHERIT | Sanity`,
        'app.accounts | parent | FOREIGN KEY ("parentId") REFERENCES app.accounts(id) NOT VALID',
        'app.accounts | accounts_ownerId_fkey | FOREIGN KEY ("ownerId") REFERENCES app."Owners"(id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED | Cycle',
        'app."Owners" | Owners_accountId_fkey | FOREIGN KEY ("accountId") REFERENCES app.accounts(id) ON UPDATE CASCADE',
        'app."Owners" | Owners_placeId_fkey | FOREIGN KEY ("placeId") REFERENCES "Other Schema".places(id)',
        'app."Owners" | Owners_pkey | PRIMARY KEY (id) DEFERRABLE',
        'app."Owners" | Owners_id_key | UNIQUE (id)',
        'app."Owners" | region_once | UNIQUE (region, id) INCLUDE (data) DEFERRABLE INITIALLY DEFERRED | Once',
        'app.bookings | no_overlap | EXCLUDE USING gist (room WITH =, during WITH &&) WHERE ((NOT cancelled)) DEFERRABLE | Rooms',
        'app.events_2026 | events_2026_account | FOREIGN KEY (id) REFERENCES app.accounts(id)',
        'app.renamed_keys_0 | own_key | PRIMARY KEY (id)',
        'app.renamed_keys_0 | own_unique | UNIQUE (id, value)',
      ]),
    )
    const newer = [
      [15, 'app.strict | strict_a_key | UNIQUE NULLS NOT DISTINCT (a)'],
      [
        15,
        'app.lists | lists_a_fkey | FOREIGN KEY (a) REFERENCES app.strict(a) MATCH FULL ON DELETE SET NULL (a)',
      ],
      [18, 'app.temporal | once_at_a_time | UNIQUE (a, valid WITHOUT OVERLAPS)'],
      [
        18,
        'app.stays | stays_a_valid_fkey | FOREIGN KEY (a, PERIOD valid) REFERENCES app.temporal(a, PERIOD valid)',
      ],
      [18, 'app.stays | stays_b_fkey | FOREIGN KEY (b) REFERENCES app.strict(a) NOT ENFORCED'],
      [18, 'app.stays | stays_check | CHECK ((a <> b)) NOT ENFORCED'],
    ] as const
    expect(found).toEqual(
      expect.arrayContaining(newer.filter(([since]) => since <= version).map(([, line]) => line)),
    )
  })

  it('hold each index with all its options', async () => {
    const found = await lines(`
      select concat_ws(' | ', pg_get_indexdef(indexrelid), obj_description(indexrelid)) as line from pg_index
        where indexrelid in (select oid from pg_class where relnamespace::regnamespace::text in ('app', '"Other Schema"'))`)
    expect(found).toEqual(
      expect.arrayContaining([
        `CREATE UNIQUE INDEX accounts_label ON app.accounts USING btree (label COLLATE "POSIX" text_pattern_ops DESC NULLS LAST, kind) INCLUDE (big) WITH (fillfactor='70') WHERE ((label)::text <> 'x'::text) | By label`,
        'CREATE INDEX accounts_make_label_idx ON app.accounts USING btree (app.make_label((label)::text) NULLS FIRST)',
        "CREATE INDEX rare_words_idx ON app.rare USING gist (words tsvector_ops (siglen='100'))",
        "CREATE INDEX rare_span_a_excl ON app.rare USING gist (span) INCLUDE (a) WITH (fillfactor='95')",
        'CREATE INDEX "Owners_data_idx" ON app."Owners" USING gin (data)',
        `CREATE UNIQUE INDEX region_once ON app."Owners" USING btree (region, id) INCLUDE (data) WITH (fillfactor='90')`,
        'CREATE UNIQUE INDEX totals_kind ON app.a_totals USING btree (kind)',
        'CREATE INDEX rest_at ON "Other Schema".events_rest USING btree (at)',
      ]),
    )
    // Attached to the parent's index, not made a second time.
    expect(found.filter((line) => line.includes('events_rest USING btree (at)'))).toHaveLength(1)
  })

  it('hold each table, view and partition with all its options', async () => {
    const found = await lines(`
      select concat_ws(' | ', oid::regclass, relkind, relpersistence, array_to_string(reloptions, ','),
          case when relrowsecurity then 'rls' end, case when relforcerowsecurity then 'forced' end, relreplident,
          pg_get_partkeydef(oid), pg_get_expr(relpartbound, oid), obj_description(oid)) as line
        from pg_class
        where relkind in ('r', 'p', 'v', 'm') and relnamespace::regnamespace::text in ('app', '"Other Schema"')`)
    expect(found).toEqual(
      expect.arrayContaining([
        'app.accounts | r | p | fillfactor=80 | rls | forced | f | Accounts',
        'app.rare | r | p | rls | i',
        'app.silent | r | p | n',
        'app.bookings | r | u | d',
        'app.events | p | p | d | RANGE (day, region)',
        `app.events_2026 | p | p | d | LIST (region) | FOR VALUES FROM ('2026-01-01', MINVALUE) TO ('2027-01-01', MINVALUE) | This year`,
        `app.events_2026_eu | r | p | fillfactor=50 | d | FOR VALUES IN ('eu')`,
        '"Other Schema".events_rest | r | p | d | DEFAULT',
        'app.a_counts | v | p | security_barrier=true | n | Counts',
        'app.positive | v | p | check_option=local | n',
        'app.a_totals | m | p | fillfactor=60 | d | Totals',
      ]),
    )
  })

  it('hold each column with all its options', async () => {
    const found = await lines(`
      select concat_ws(' | ', attname, format_type(atttypid, atttypmod), case when attnotnull then 'not null' end,
          nullif(attidentity, ''), nullif(attgenerated, ''), attstorage, nullif(attcompression, ''),
          nullif(attstattarget, -1), nullif(nullif(attcollation::regcollation::text, '-'), '"default"'),
          pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)) as line
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attnum > 0 and attrelid = 'app.accounts'::regclass order by attnum`)
    expect(found).toEqual([
      'id | bigint | not null | a | p',
      "legacy | integer | not null | p | nextval('app.legacy_seq'::regclass)",
      "kind | app.mood | not null | p | 'sad'::app.mood",
      'opened | app.year | p',
      'label | character varying(20) | not null | x | "C" | The account\'s label',
      'lower | text | s | x | lower((label)::text)',
      'big | text | e | p | 500',
      'ownerId | bigint | p',
      'parentId | bigint | p',
      'token | text | x | app.make_token()',
      'odd "name" | boolean | p',
    ])
  })

  it('hold each sequence with all its options, and whose it is', async () => {
    const found = await lines(`
      select concat_ws(' | ', seqrelid::regclass, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache,
          seqcycle, obj_description(seqrelid), (select concat(refobjid::regclass, '.', refobjsubid, deptype) from pg_depend
            where classid = 'pg_class'::regclass and objid = seqrelid and deptype in ('a', 'i'))) as line
        from pg_sequence order by 1`)
    expect(found).toEqual(
      expect.arrayContaining([
        'app."account numbers" | bigint | 100 | 10 | 1 | 9223372036854775807 | 5 | f | app.accounts.1i',
        'app."free numbers" | integer | 5 | 5 | 5 | 50 | 3 | t | Free',
        'app.legacy_seq | integer | 7 | 1 | 1 | 2147483647 | 1 | f | app.accounts.2a',
      ]),
    )
  })

  it('hold policies, types and comments', async () => {
    expect(
      await lines(
        `select concat_ws(' | ', policyname, permissive, cmd, qual, with_check) as line from pg_policies order by 1`,
      ),
    ).toEqual(['all | PERMISSIVE | ALL', "own | RESTRICTIVE | UPDATE | true | ((label)::text <> 'y'::text)"])
    expect(
      await lines(`
        select concat_ws(' | ', oid::regtype, typbasetype::regtype, typnotnull, typdefault, obj_description(oid),
            (select string_agg(enumlabel, ',' order by enumsortorder) from pg_enum where enumtypid = t.oid)) as line
          from pg_type t where typnamespace = 'app'::regnamespace and typtype in ('e', 'd') order by typname`),
    ).toEqual([
      "app.code | text | f | 'x'::text",
      "app.mood | - | f | How it feels | sad,it's ok",
      'app.since | integer | f',
      'app.unused | - | f | x',
      'app.year | integer | t | 2000 | A year',
    ])
    expect(await lines(`select obj_description('app'::regnamespace) as line`)).toEqual(['The application'])
  })
})
