import { itemOf, ITEM_SEED, ITEMS } from '../item.js'
import type { Workload } from '../workload.js'

/** W7: one row by its key, without a transaction. */
export const readAlone: Workload = {
  name: 'w7-alone',
  title: 'one read by key without a transaction',
  inputs: ITEMS,
  seed: ITEM_SEED,
  expected: itemOf,
  baseline: 'pg',
  entrants: {
    pg: () => import('./pg.js'),
    'pg named': () => import('./pg-named.js'),
    kysely: () => import('./kysely.js'),
    postgres: () => import('./postgres.js'),
    'database.kysely': () => import('./database-kysely.js'),
    'database, prepared': () => import('./database-prepared.js'),
  },
}
