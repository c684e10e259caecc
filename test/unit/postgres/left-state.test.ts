import { describe, expect, it } from 'vitest'
import { leftState } from '../../../src/postgres/left-state.js'

describe('leftState', () => {
  it.each([
    'select 1',
    'begin isolation level serializable read only',
    'insert into song (name) values ($1) returning id',
    'select temp, temporary from weather',
    'select settings, listener from t',
    'set local search_path to tenant',
    'SET TRANSACTION READ ONLY',
    'set constraints all deferred',
    'select pg_catalog.set_config($1, $2, true), pg_catalog.set_config($3, $4, true)',
    'select pg_advisory_xact_lock(1)',
    'declare c no scroll cursor for select 1',
    'create table song (id int)',
    'update song set name = $1',
  ])('knows that nothing stays after: %s', (text) => {
    expect(leftState(text)).toBe('none')
  })

  it.each([
    'set search_path to tenant',
    ' SET ROLE nobody',
    'set session characteristics as transaction read only',
    "select set_config('app.tenant', $1, false)",
    "select set_config('a.b', $1, true), set_config('c.d', $2, $3)",
    'listen channel',
    'select pg_advisory_lock(1)',
    'select pg_try_advisory_lock_shared(1)',
    'create temp table t (id int)',
    'CREATE GLOBAL TEMPORARY TABLE t (id int)',
    'select 1 as one into temp t',
    'create table pg_temp.t (id int)',
    'declare c cursor with hold for select 1',
    'select setseed(0.5)',
    'do $$ begin perform 1; end $$',
  ])('knows that something stays after: %s', (text) => {
    expect(leftState(text)).toBe('resettable')
  })

  it.each(['prepare p as select 1', "load 'auto_explain'"])('gives the connection up after: %s', (text) => {
    expect(leftState(text)).toBe('lasting')
  })
})
