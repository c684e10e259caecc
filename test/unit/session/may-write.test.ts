import { describe, expect, it } from 'vitest'
import { mayWrite } from '../../../src/session/may-write.js'

describe('mayWrite', () => {
  it.each([
    'insert into a values (1)',
    ' UPDATE a SET b = 1',
    '/* why */ delete from a',
    '-- why\nmerge into a using b on true when matched then delete',
    'create table a ()',
    'call settle(1)',
    'do $$ begin end $$',
    'copy a from stdin',
    'execute prepared_insert',
    'explain analyze delete from a',
    'with moved as (delete from a returning *) select * from moved',
    'select pay(1)',
    'select "Pay" (1)',
    'select app.pay(id) from a',
    'select id into b from a',
    'select id from a where pay(id) for update',
    `select ${'1,'.repeat(4_000)}1`,
    'notify channel',
  ])('is true for %s', (text) => {
    expect(mayWrite(text)).toBe(true)
    expect(mayWrite(text)).toBe(true)
  })

  it.each([
    'select "id" from "account" where "id" = $1',
    'select * from item where id = $1 for update',
    'select * from item for no key update skip locked',
    'select count(*), max("price") from item where id in ($1, $2) and (a or b)',
    'select coalesce(json_agg(agg), $1) from (select 1) as agg',
    'with a as (select 1) select * from a',
    'values (1), (2)',
    'show search_path',
    'set transaction isolation level serializable',
    'savepoint a',
    'release savepoint a',
    'rollback to savepoint a',
    'declare c cursor for select 1',
    'fetch forward 5 from c',
    'select set_config($1, $2, true)',
  ])('is false for %s', (text) => {
    expect(mayWrite(text)).toBe(false)
    expect(mayWrite(text)).toBe(false)
  })

  it('stays right when it has met more queries than it keeps', () => {
    for (let number = 0; number < 2_500; number++) {
      expect(mayWrite(`select pay(${number})`)).toBe(true)
      expect(mayWrite(`select count(${number})`)).toBe(false)
    }
  })
})
