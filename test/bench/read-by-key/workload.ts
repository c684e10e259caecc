import type { Workload } from '../workload.js'
import type { Item } from './item.js'

const ROWS = 10_000

/** W1: one row by its key, in a transaction of its own. */
export const readByKey: Workload = {
  name: 'W1',
  title: 'transactional read by key (begin, select by id, commit)',
  rows: ROWS,
  seed: [
    `create table item (
      id integer primary key,
      name text not null,
      quantity integer not null,
      price_cents integer not null,
      is_active boolean not null
    )`,
    `insert into item
      select id, 'Item ' || id, id % 100, id * 7, id % 3 = 0 from generate_series(1, ${String(ROWS)}) as id`,
    'vacuum analyze item',
  ],
  expected: (id): Item => ({
    id,
    name: `Item ${String(id)}`,
    quantity: id % 100,
    price_cents: id * 7,
    is_active: id % 3 === 0,
  }),
  baseline: 'pg',
  entrants: {
    session: () => import('./session.js'),
    pg: () => import('./pg.js'),
    'pg unnamed': () => import('./pg-unnamed.js'),
  },
}
