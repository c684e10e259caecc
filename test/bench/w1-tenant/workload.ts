import { itemOf, ITEM_SEED, ITEMS } from '../item.js'
import type { Workload } from '../workload.js'

/** W1 as one of many tenants: schema, role, a setting for row-level security, and a time limit. */
export const readAsTenant: Workload = {
  name: 'w1-tenant',
  title: 'one read by key in a transaction with a schema, a role, a setting and a timeout of its own',
  inputs: ITEMS,
  seed: [
    ...ITEM_SEED,
    // Roles belong to the whole server, which may have served an earlier run.
    `do $$ begin
      if not exists (select from pg_roles where rolname = 'bench_tenant') then create role bench_tenant; end if;
    end $$`,
    'create schema tenant_a',
    'alter table item set schema tenant_a',
    'grant usage on schema tenant_a to bench_tenant',
    'grant select on tenant_a.item to bench_tenant',
  ],
  expected: itemOf,
  baseline: 'pg',
  entrants: {
    pg: () => import('./pg.js'),
    'pg, one text': () => import('./pg-one-text.js'),
    kysely: () => import('./kysely.js'),
    postgres: () => import('./postgres.js'),
    session: () => import('./session.js'),
    'session, prepared': () => import('./session-prepared.js'),
  },
}
