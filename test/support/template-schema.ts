/**
 * Tables of the template database, which every test file gets its own copy of.
 *
 * Small on purpose: a test that needs more creates it in its copy.
 */
export const TEMPLATE_SCHEMA = `
  create table person (
    id bigint generated always as identity primary key,
    name text not null,
    email text unique,
    created_at timestamptz not null default now()
  );
  create table account (
    id integer primary key,
    balance integer not null check (balance >= 0)
  );
  insert into account (id, balance) select id, 1000 from generate_series(1, 20) as id;
`
