import type { Workload } from '../workload.js'
import { ROWS } from './wide-row.js'

/** W6: a table that is too large to hold, read row by row. */
export const streamRows: Workload = {
  name: 'w6-stream',
  title: '500,000 rows of 6 columns, read as a stream',
  inputs: 1,
  seed: [
    `create table wide as select id::integer, 'Row ' || id as name, (id % 100)::integer as quantity,
      (id * 7)::integer as price_cents, id % 3 = 0 as is_active, 'note ' || id as note
      from generate_series(1, ${String(ROWS)}) as id`,
    'vacuum analyze wide',
  ],
  expected: () => ({ count: ROWS, sum: (ROWS / 100) * 4_950 }),
  baseline: 'pg-cursor',
  entrants: {
    'pg-cursor': () => import('./pg-cursor.js'),
    'pg-query-stream': () => import('./pg-query-stream.js'),
    kysely: () => import('./kysely.js'),
    postgres: () => import('./postgres.js'),
    session: () => import('./session.js'),
  },
  units: { name: 'rows', perRequest: ROWS },
  concurrency: 1,
  countedRequests: 1,
}
