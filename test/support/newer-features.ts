import { check } from '../../src/metadata/check.js'
import { domain } from '../../src/metadata/domain.js'
import { exclude } from '../../src/metadata/exclude.js'
import { extension } from '../../src/metadata/extension.js'
import { foreignKey } from '../../src/metadata/foreign-key.js'
import { unique } from '../../src/metadata/key-constraint.js'
import type { MetadataOptions } from '../../src/metadata/metadata.js'
import { integer, numeric } from '../../src/metadata/number-columns.js'
import { partition, partitionBy } from '../../src/metadata/partition.js'
import { int4range } from '../../src/metadata/range-columns.js'
import { sequence } from '../../src/metadata/sequence.js'
import { index } from '../../src/metadata/table-index.js'
import { table } from '../../src/metadata/table.js'
import { materializedView, view } from '../../src/metadata/view.js'

const a = integer().notNull()
const parent = table('parent', { a: a.primaryKey() })
const periods = table('periods', { a, span: int4range().notNull() }, (t) => [
  unique(t.a, t.span).withoutOverlaps(),
])
/** For GiST indexes over numbers. */
const extensions = [extension('btree_gist', { schema: 'public' })]
const byRange = [partition('p', 'DEFAULT')]

/** What not every server has: since which version, what the refusal says, and a metadata that uses it. */
export const newerFeatures: readonly [since: number, words: string, options: MetadataOptions][] = [
  [
    15,
    'the constraint t_a_key of public.t uses NULLS NOT DISTINCT',
    { tables: { t: table('t', { a }, (t) => [unique(t.a).nullsNotDistinct()]) } },
  ],
  [
    15,
    'the index t_a_idx of public.t uses NULLS NOT DISTINCT',
    { tables: { t: table('t', { a }, (t) => [index(t.a).unique().nullsNotDistinct()]) } },
  ],
  [
    15,
    'the index m_a of public.m uses NULLS NOT DISTINCT',
    {
      tables: {
        m: materializedView<{ a: number }>('m', 'select 1 as a', {
          indexes: (column) => [index('m_a', column('a')).unique().nullsNotDistinct()],
        }),
      },
    },
  ],
  [
    15,
    'the constraint t_a_fkey of public.t uses ON DELETE SET NULL (columns)',
    {
      tables: {
        parent,
        t: table('t', { a }, (t) => [
          foreignKey([t.a], () => parent.a, { onDelete: 'set null', onDeleteColumns: [t.a] }),
        ]),
      },
    },
  ],
  [15, 'the sequence public.s uses UNLOGGED', { sequences: [sequence('s', { unlogged: true })] }],
  [
    15,
    'the view public.v uses security_invoker',
    { tables: { v: view('v', 'select 1', { with: { security_invoker: true } }) } },
  ],
  [
    15,
    'the column public.t.a uses the scale of numeric(3,-2)',
    { tables: { t: table('t', { a: numeric(3, -2) }) } },
  ],
  [15, 'the domain public.d uses the scale of numeric(2,4)', { types: [domain('d', numeric(2, 4))] }],
  [
    17,
    'the table public.t uses an access method of a partitioned table',
    { tables: { t: table('t', { a }, (t) => [partitionBy('range', t.a), ...byRange], { method: 'heap' }) } },
  ],
  [
    17,
    'the constraint t_a_excl of public.t uses EXCLUDE on a partitioned table',
    {
      tables: { t: table('t', { a }, (t) => [partitionBy('range', t.a), exclude({ on: t.a, with: '=' })]) },
      extensions,
    },
  ],
  [
    18,
    'the column public.t.b uses a virtual generated column',
    { tables: { t: table('t', { a, b: integer().generatedAs('a', 'virtual') }) } },
  ],
  [
    18,
    'the constraint once of public.t uses WITHOUT OVERLAPS',
    {
      tables: {
        t: table('t', { a, span: int4range() }, (t) => [unique('once', t.a, t.span).withoutOverlaps()]),
      },
      extensions,
    },
  ],
  [
    18,
    'the constraint t_check of public.t uses NOT ENFORCED',
    { tables: { t: table('t', {}, () => [check('true', { enforced: false })]) } },
  ],
  [
    18,
    'the constraint t_a_fkey of public.t uses NOT ENFORCED',
    { tables: { parent, t: table('t', { a: a.references(() => parent.a, { enforced: false }) }) } },
  ],
  [
    18,
    'the constraint t_a_span_fkey of public.t uses PERIOD',
    {
      tables: {
        periods,
        t: table('t', { a, span: int4range() }, (t) => [
          foreignKey([t.a, t.span], () => [periods.a, periods.span], { period: true }),
        ]),
      },
      extensions,
    },
  ],
  [
    18,
    'the constraint t_a_fkey of public.t uses NOT VALID on a partitioned table',
    {
      tables: {
        parent,
        t: table('t', { a: a.references(() => parent.a, { notValid: true }) }, (t) => [
          partitionBy('list', t.a),
        ]),
      },
    },
  ],
  [
    18,
    'the partition public.p uses names of NOT NULL constraints',
    {
      tables: {
        t: table('t', { a }, (t) => [
          partitionBy('list', t.a),
          partition('p', 'DEFAULT', { notNullNames: { a: 'given' } }),
        ]),
      },
    },
  ],
  [
    15,
    'the constraint own of public.p uses NULLS NOT DISTINCT',
    {
      tables: {
        t: table('t', { a }, (t) => [
          partitionBy('list', t.a),
          partition('p', 'DEFAULT', { extras: [unique('own', t.a).nullsNotDistinct()] }),
        ]),
      },
    },
  ],
]
