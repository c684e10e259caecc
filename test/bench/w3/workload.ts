import { itemOf, ITEM_SEED, ITEMS, keysOf } from '../item.js'
import type { Workload } from '../workload.js'

/** W3: five reads by key in a transaction, each awaited before the next. */
export const fiveReads: Workload = {
  name: 'w3-sequential',
  title: 'five reads by key in a transaction, one after the other',
  inputs: ITEMS,
  seed: ITEM_SEED,
  expected: (input) => keysOf(input, 5).map(itemOf),
  baseline: 'pg',
  entrants: {
    pg: () => import('./sequential/pg.js'),
    'pg named': () => import('./sequential/pg-named.js'),
    kysely: () => import('./sequential/kysely.js'),
    postgres: () => import('./sequential/postgres.js'),
    session: () => import('./sequential/session.js'),
    'session, prepared': () => import('./sequential/session-prepared.js'),
  },
}

/** The same five reads, started together. */
export const fiveReadsTogether: Workload = {
  ...fiveReads,
  name: 'w3-together',
  title: 'five reads by key in a transaction, started together',
  entrants: {
    pg: () => import('./together/pg-five.js'),
    kysely: () => import('./together/kysely-five.js'),
    postgres: () => import('./together/postgres-five.js'),
    session: () => import('./together/session-five.js'),
    'session, prepared': () => import('./together/session-prepared-five.js'),
  },
}

/** Twenty reads, started together. */
export const twentyReadsTogether: Workload = {
  ...fiveReads,
  name: 'w3-twenty',
  title: 'twenty reads by key in a transaction, started together',
  expected: (input) => keysOf(input, 20).map(itemOf),
  entrants: {
    pg: () => import('./together/pg-twenty.js'),
    kysely: () => import('./together/kysely-twenty.js'),
    postgres: () => import('./together/postgres-twenty.js'),
    session: () => import('./together/session-twenty.js'),
    'session, prepared': () => import('./together/session-prepared-twenty.js'),
  },
}
