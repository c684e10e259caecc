import { sql } from 'kysely'
import type { AnyColumn } from '../../../src/metadata/column.js'
import { check } from '../../../src/metadata/check.js'
import { domain } from '../../../src/metadata/domain.js'
import { enumType } from '../../../src/metadata/enum-type.js'
import { exclude } from '../../../src/metadata/exclude.js'
import { extension } from '../../../src/metadata/extension.js'
import { foreignKey } from '../../../src/metadata/foreign-key.js'
import { primaryKey, unique } from '../../../src/metadata/key-constraint.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, integer, serial } from '../../../src/metadata/number-columns.js'
import { partition, partitionBy } from '../../../src/metadata/partition.js'
import { policy } from '../../../src/metadata/policy.js'
import { daterange, int4range } from '../../../src/metadata/range-columns.js'
import { sequence } from '../../../src/metadata/sequence.js'
import { sqlObject } from '../../../src/metadata/sql-object.js'
import { table } from '../../../src/metadata/table.js'
import type { TableExtra } from '../../../src/metadata/table-extra.js'
import { index } from '../../../src/metadata/table-index.js'
import { text, tsvector, varchar } from '../../../src/metadata/text-columns.js'
import { date, timestamptz } from '../../../src/metadata/time-columns.js'
import { boolean, jsonb, type } from '../../../src/metadata/value-columns.js'
import { materializedView, view } from '../../../src/metadata/view.js'

/** A metadata that uses every feature that the server's version has. */
export function everyFeature(serverVersion: number, schema = 'app'): Metadata {
  const mood = enumType('mood', ['sad', "it's ok"], { comment: 'How it feels' })
  const year = domain(
    'year',
    integer()
      .notNull()
      .default(2000)
      .check('VALUE > 1900', 'year_min')
      .check('VALUE < 2200', { name: 'year_max', notValid: true }),
    { comment: 'A year' },
  )
  const free = sequence('free numbers', {
    dataType: 'integer',
    start: 5,
    increment: 5,
    minValue: 5,
    maxValue: 50,
    cache: 3,
    cycle: true,
    comment: 'Free',
  })
  const places = table(
    'places',
    { id: integer().primaryKey(), at: type('address') },
    { schema: 'Other Schema' },
  )

  const accounts = table(
    'accounts',
    {
      id: bigint()
        .identityAlways({ name: 'account numbers', start: 100n, increment: 10, cache: 5 })
        .primaryKey('accounts_key'),
      legacy: serial({ name: 'legacy_seq', start: 7 }),
      kind: mood().notNull().default('sad'),
      opened: year(),
      label: varchar(20).notNull().collate('C').unique().check("label <> ''").comment("The account's label"),
      lower: text().generatedAs(sql`lower(label)`),
      big: text().storage('external').compression('pglz').statistics(500),
      ownerId: bigint().references(() => owners.id, {
        onDelete: 'set null',
        deferrable: 'initially deferred',
        comment: 'Cycle',
      }),
      parentId: bigint().references(() => accounts.id, { name: 'parent', notValid: true }),
      token: text().default(sql`make_token()`),
      'odd "name"': boolean(),
    },
    (t) => [
      index(
        'accounts_label',
        { on: t.label, order: 'desc', nulls: 'last', operatorClass: 'text_pattern_ops', collate: 'POSIX' },
        t.kind,
      )
        .unique()
        .include(t.big)
        .where(sql`${t.label} <> ${'x'}`)
        .with({ fillfactor: 70 })
        .comment('By label'),
      index({ on: sql`make_label(${t.label})`, nulls: 'first' }),
      check(sql`${t.label} <> ${"it's"} and ${t.legacy} > 0`, {
        name: 'sane',
        noInherit: true,
        comment: 'Sanity',
      }),
      check('legacy < 1000000', { notValid: true }),
      policy('own', {
        for: 'update',
        to: 'current_user',
        using: 'true',
        withCheck: "label <> 'y'",
        permissive: false,
        comment: 'Own',
      }),
      policy('all'),
    ],
    {
      rowLevelSecurity: 'force',
      with: { fillfactor: 80, 'toast.autovacuum_enabled': false },
      comment: 'Accounts',
      replicaIdentity: 'full',
    },
  )
  const owners = table(
    'Owners',
    {
      id: bigint().notNull(),
      region: text().notNull(),
      accountId: bigint().references(() => accounts.id, { onUpdate: 'cascade' }),
      placeId: integer().references(() => places.id),
      data: jsonb().notNull().default({}),
    },
    (t) => [
      primaryKey(t.id).deferrable(),
      unique('region_once', t.region, t.id)
        .include(t.data)
        .deferrable('initially deferred')
        .with({ fillfactor: 90 })
        .comment('Once'),
      unique(t.id),
      index(t.data).using('gin'),
    ],
    { unlogged: false, tablespace: 'pg_default', method: 'heap' },
  )
  const bookings = table(
    'bookings',
    { room: integer(), during: int4range(), region: text(), ownerId: bigint(), cancelled: boolean() },
    (t) => [
      exclude('no_overlap', { on: t.room, with: '=' }, { on: t.during, with: '&&' })
        .where(sql`not ${t.cancelled}`)
        .deferrable()
        .comment('Rooms'),
    ],
    { unlogged: true },
  )
  const rare = table(
    'rare',
    {
      a: integer().notNull(),
      span: int4range(),
      words: tsvector(),
      name: text().collate('POSIX', 'pg_catalog').renamedFrom('title'),
      since: domain('since', integer())().references(() => places.id),
      code: domain('code', text().default('x').collate('C'))(),
    },
    (t) => [
      index('rare_once', t.a).unique().tablespace('pg_default'),
      index({
        on: t.words,
        operatorClass: { schema: 'pg_catalog', name: 'tsvector_ops' },
        operatorClassParameters: { siglen: 100 },
      }).using('gist'),
      unique(t.name).tablespace('pg_default'),
      exclude({ on: t.span, with: '&&', operatorClass: 'range_ops' })
        .using('gist')
        .include(t.a)
        .with({ fillfactor: 95 })
        .tablespace('pg_default'),
    ],
    { replicaIdentity: { index: 'rare_once' }, rowLevelSecurity: true, renamedFrom: 'seldom' },
  )
  const silent = table('silent', {}, { replicaIdentity: 'nothing' })
  const events = table(
    'events',
    { day: date().notNull(), region: text().notNull(), id: bigint().notNull(), at: timestamptz() },
    (t) => [
      primaryKey(t.day, t.region, t.id),
      partitionBy('range', t.day, t.region),
      index('events_at', t.at),
      partition('events_2026', "FOR VALUES FROM ('2026-01-01', MINVALUE) TO ('2027-01-01', MINVALUE)", {
        comment: 'This year',
        extras: [
          index('events_2026_region', t.region),
          check('id > 0', 'events_2026_positive'),
          foreignKey([t.id], () => accounts.id, { name: 'events_2026_account' }),
          partitionBy('list', t.region),
          partition('events_2026_eu', "FOR VALUES IN ('eu')", { with: { fillfactor: 50 } }),
        ],
      }),
      partition('events_rest', 'DEFAULT', {
        schema: 'Other Schema',
        tablespace: 'pg_default',
        extras: [index('rest_at', t.at)],
      }),
    ],
  )
  const renamedKeys = table('renamed_keys', { id: integer().notNull(), value: integer() }, (t) => [
    primaryKey(t.id),
    unique(t.id, t.value),
    partitionBy('hash', t.id),
    partition('renamed_keys_0', 'FOR VALUES WITH (modulus 1, remainder 0)', {
      extras: [primaryKey('own_key', t.id), unique('own_unique', t.id, t.value)],
    }),
  ])
  const counts = view<{ kind: string; n: bigint }>(
    'a_counts',
    (name) => `select kind, count(*) as n from ${name(accounts)} group by kind -- by kind`,
    { columns: ['kind', 'n'], with: { security_barrier: true }, comment: 'Counts' },
  )
  const positive = view<{ id: number }>(
    'positive',
    (name) => `select id from ${name(places)} where id > 0;`,
    { checkOption: 'local' },
  )
  const series = view<{ n: number }>(
    'series',
    'with recursive numbers as (values (1) union all select column1 + 1 from numbers where column1 < 5) select * from numbers',
    { columns: ['n'] },
  )
  const totals = materializedView<{ kind: string; n: bigint }>(
    'a_totals',
    (name) => `select * from ${name(counts)}`,
    {
      withData: false,
      with: { fillfactor: 60 },
      method: 'heap',
      tablespace: 'pg_default',
      indexes: (column) => [index('totals_kind', column('kind')).unique()],
      comment: 'Totals',
    },
  )

  const routine = (
    name: string,
    header: string,
    body: string,
    dependsOn: Parameters<typeof sqlObject>[0]['dependsOn'] = [],
  ) =>
    sqlObject({
      kind: 'function',
      name,
      arguments: header.slice(1, header.indexOf(')')),
      dependsOn,
      create: (q) => `create function ${q(name)}${header} as ${body}`,
      drop: (q) => `drop function if exists ${q(name)}`,
    })
  const trigger = sqlObject({
    kind: 'trigger',
    name: 'touch',
    on: accounts,
    create: (q) =>
      `create trigger touch before update on ${q(accounts)} for each row execute function ${q('touch')}()`,
    drop: (q) => `drop trigger if exists touch on ${q(accounts)}`,
  })
  const objects = [
    trigger,
    routine('touch', '() returns trigger language plpgsql', '$$ begin return new; end $$'),
    routine('make_token', '() returns text language sql', '$$ select label from accounts limit 1 $$'),
    routine('make_label', '(text) returns text language sql immutable', '$$ select lower($1) $$'),
    routine(
      'accounts_of',
      '(mood) returns setof accounts language sql',
      '$$ select * from accounts where kind = $1 $$',
    ),
    sqlObject({
      kind: 'type',
      name: 'address',
      create: (q) => `create type ${q('address')} as (street text, city text)`,
      drop: (q) => `drop type if exists ${q('address')}`,
    }),
    sqlObject({
      kind: 'aggregate',
      name: 'longest',
      arguments: 'text',
      create: (q) => `create aggregate ${q('longest')}(text) (sfunc = ${q('longer')}, stype = text)`,
      drop: (q) => `drop aggregate if exists ${q('longest')}(text)`,
    }),
    routine(
      'longer',
      '(text, text) returns text language sql immutable',
      '$$ select case when length($1) > length($2) then $1 else $2 end $$',
    ),
  ]

  return new Metadata({
    schema,
    tables: {
      totals,
      counts,
      positive,
      series,
      accounts,
      owners,
      bookings,
      events,
      renamedKeys,
      rare,
      silent,
      places,
      ...newer(serverVersion),
    },
    sequences: [free, ...(serverVersion < 15 ? [] : [sequence('unlogged', { unlogged: true })])],
    types: [enumType('unused', ['x'])],
    extensions: [extension('btree_gist', { schema: 'public' })],
    objects,
    schemas: [{ name: schema, comment: 'The application' }, 'empty'],
  })
}

/** What only newer servers have. */
function newer(serverVersion: number) {
  if (serverVersion < 15) return {}
  const extras: ((t: Readonly<Record<'a' | 'b' | 'valid', AnyColumn>>) => readonly TableExtra[])[] = [
    (t) => [unique(t.a).nullsNotDistinct(), index(t.b).unique().nullsNotDistinct()],
    (t) => [unique('once_at_a_time', t.a, t.valid).withoutOverlaps()],
  ]
  const columns = { a: integer().notNull(), b: integer().notNull('b_given'), valid: daterange().notNull() }
  const strict = table('strict', columns, extras[0])
  const lists = table('lists', { a: integer(), b: integer() }, (t) => [
    foreignKey([t.a], () => strict.a, { onDelete: 'set null', onDeleteColumns: [t.a], match: 'full' }),
  ])
  if (serverVersion < 18) return { strict, lists }
  const temporal = table(
    'temporal',
    { ...columns, sum: integer().generatedAs('a + b', 'virtual') },
    extras[1],
  )
  const stays = table('stays', columns, (t) => [
    foreignKey([t.a, t.valid], () => [temporal.a, temporal.valid], { period: true }),
    foreignKey([t.b], () => strict.a, { enforced: false }),
    check('a <> b', { enforced: false }),
  ])
  return { strict, lists, temporal, stays }
}
