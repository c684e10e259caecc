import { describe, expect, it } from 'vitest'
import { outlivesTransaction } from '../../../src/session/outlives-transaction.js'

describe('outlivesTransaction', () => {
  it.each([
    ['set search_path to tenant', 'a setting of the session'],
    ['SET SESSION statement_timeout = 1', 'a setting of the session'],
    ['set session characteristics as transaction read only', 'a setting of the session'],
    ['set role app', 'a setting of the session'],
    ["set time zone 'UTC'", 'a setting of the session'],
    ['reset all', 'a setting of the session'],
    ['-- a comment\n set role app', 'a setting of the session'],
    ["select set_config('app.tenant', $1, false)", 'a setting of the session'],
    ["SELECT pg_catalog.set_config ('app.tenant', 'acme',\n FALSE)", 'a setting of the session'],
    ['select pg_advisory_lock(1)', 'an advisory lock of the session'],
    ['select pg_catalog.pg_try_advisory_lock_shared(1, 2)', 'an advisory lock of the session'],
    [
      `with t as (select set_config('lock_timeout', '1', true))\n select pg_advisory_lock(1) from t`,
      'an advisory lock of the session',
    ],
    ['select pg_advisory_unlock(1)', 'an advisory lock of the session'],
    ['select pg_advisory_unlock_all()', 'an advisory lock of the session'],
    ['create temp table t (id int)', 'a temporary object'],
    ['create local temporary table t (id int) on commit delete rows', 'a temporary object'],
    ['create or replace temp view v as select 1', 'a temporary object'],
    ['create table pg_temp.t (id int)', 'a temporary object'],
    ['declare c cursor with hold for select 1', 'a cursor'],
    ['listen channel', 'a subscription'],
    ['unlisten *', 'a subscription'],
    ['prepare q as select 1', 'a prepared statement'],
    ['deallocate all', 'a prepared statement'],
    ['discard all', 'a changed session'],
    ["load 'auto_explain'", 'a changed session'],
  ])('knows that %j leaves, or takes away, %s', (text, what) => {
    expect(outlivesTransaction(text)?.what).toBe(what)
  })

  it.each([
    'set local search_path to tenant',
    'set transaction read only',
    'set constraints all deferred',
    "select set_config('app.tenant', $1, true)",
    'select pg_advisory_xact_lock(1)',
    'with t as (select 1) select pg_advisory_xact_lock(1) from t',
    'create temp table t (id int) on commit drop',
    'create table t (id int)',
    'create table pg_temp.t (id int) on commit drop',
    'declare c cursor for select 1',
    'declare c no scroll cursor without hold for select 1',
    'notify channel',
    "prepare transaction 'x'",
    "insert into notes values ('set role app')",
    'select setting from pg_settings',
    'select * from settings',
    'update person set name = $1',
    'settle()',
    'do $$ begin perform 1; end $$',
    '',
  ])('lets %j pass', (text) => {
    expect(outlivesTransaction(text)).toBeUndefined()
  })
})
