import type { Workload } from '../workload.js'
import { expectedDigest, GROUPS, OWNER_SEED } from './owner.js'

// Without Prisma 7: `prisma generate` fetches an engine from a server of its own, where `npm ci` needs the registry only.
/** W4: objects with a relation. */
export const readNested: Workload = {
  name: 'w4-nested',
  title: 'read 100 rows with 10 related rows each, nested, in a transaction',
  inputs: GROUPS,
  seed: OWNER_SEED,
  expected: expectedDigest,
  baseline: 'pg',
  entrants: {
    pg: () => import('./pg.js'),
    session: () => import('./session.js'),
    postgres: () => import('./postgres.js'),
    knex: () => import('./knex.js'),
    drizzle: () => import('./drizzle.js'),
    sequelize: () => import('./sequelize.js'),
    typeorm: () => import('./typeorm.js'),
    'mikro-orm': () => import('./mikro-orm.js'),
  },
}
