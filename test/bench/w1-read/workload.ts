import { itemOf, ITEM_SEED, ITEMS } from '../item.js'
import type { Workload } from '../workload.js'

/** W1: one row by its key, in a transaction of its own. */
export const readByKey: Workload = {
  name: 'w1-read',
  title: 'one read by key in a transaction (begin, select by id, commit)',
  inputs: ITEMS,
  seed: ITEM_SEED,
  expected: itemOf,
  baseline: 'pg',
  entrants: {
    pg: () => import('./pg.js'),
    'pg named': () => import('./pg-named.js'),
    kysely: () => import('./kysely.js'),
    postgres: () => import('./postgres.js'),
    session: () => import('./session.js'),
    'session, prepared': () => import('./session-prepared.js'),
  },
}
