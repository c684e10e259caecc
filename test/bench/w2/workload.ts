import type { Workload } from '../workload.js'

/** W2: a row is inserted and, by the key that it got, changed. */
export const insertAndUpdate: Workload = {
  name: 'w2-write',
  title: 'an insert and an update in a transaction',
  inputs: 1_000_000,
  seed: [
    `create table entry (
      id integer generated always as identity primary key,
      title text not null,
      quantity integer not null
    )`,
  ],
  reset: ['truncate entry'],
  expected: (input) => ({ title: `Entry ${String(input)}`, quantity: input + 1 }),
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
