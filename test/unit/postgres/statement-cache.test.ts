import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatementCache } from '../../../src/postgres/statement-cache.js'

describe('StatementCache.entryFor', () => {
  it('gives the same text the same entry', () => {
    const cache = new StatementCache(10)
    expect(cache.entryFor('select 1', '')).toBe(cache.entryFor('select 1', ''))
    expect(cache.entryFor('select 1', '')).not.toBe(cache.entryFor('select 2', ''))
  })

  // E10: with a plain object these texts would be taken for prepared already.
  it.each([
    'select constructor',
    'select __proto__',
    'select toString',
    'with __proto__ as (select 1) table __proto__',
  ])('treats %s like any text', (text) => {
    const entry = new StatementCache(10).entryFor(text, '')
    expect(entry).toMatchObject({ isParsed: false, shape: undefined })
  })

  it.each([
    'select 1',
    '  SELECT 1',
    '(select 1) union (select 2)',
    'with a as (select 1) table a',
    'values (1)',
  ])('prepares %s', (text) => {
    expect(new StatementCache(10).entryFor(text, '')).toBeDefined()
  })

  it.each([
    'insert into t values (1)',
    'update t set a = 1',
    'delete from t',
    'merge into t using s on true',
    'begin',
  ])('prepares %s, which runs often', (text) => {
    expect(new StatementCache(10).entryFor(text, '')).toBeDefined()
  })

  // What these answer depends on more than their text, so the columns of the first answer may not be kept.
  it.each(['fetch 10 from c', 'show search_path', 'execute p', 'create table t ()', 'selector', ''])(
    'does not prepare %j',
    (text) => {
      expect(new StatementCache(10).entryFor(text, '')).toBeUndefined()
    },
  )

  it('does not prepare a bulk statement, which would fill the server with texts that never come again', () => {
    expect(new StatementCache(10).entryFor(`select ${'1,'.repeat(20_000)}1`, '')).toBeUndefined()
  })

  it('prepares nothing when its capacity is 0', () => {
    const cache = new StatementCache(0)
    expect(cache.entryFor('select 1', '')).toBeUndefined()
    expect(cache.takeDropped()).toEqual([])
  })

  // I-PREP: PostgreSQL cuts names at 63 bytes, and two that are cut alike collide (42P05, E10).
  it('never gives a name twice, nor one of 63 bytes or of unsafe characters, however long it lives', () => {
    const cache = new StatementCache(3)
    const names = Array.from({ length: 20_000 }, (_, index) => cache.entryFor(`select ${index}`, '')!.name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,61}$/)
  })
})

describe('StatementCache', () => {
  it('drops the text that was used least recently, and names it for Close', () => {
    const cache = new StatementCache(2)
    const first = cache.entryFor('select 1', '')!
    const second = cache.entryFor('select 2', '')!
    cache.entryFor('select 1', '')
    cache.entryFor('select 3', '')
    expect(cache.takeDropped()).toEqual([second.name])
    expect(cache.entryFor('select 1', '')).toBe(first)
  })

  it('gives each dropped name out once', () => {
    const cache = new StatementCache(1)
    cache.entryFor('select 1', '')
    cache.entryFor('select 2', '')
    expect(cache.takeDropped()).toHaveLength(1)
    expect(cache.takeDropped()).toEqual([])
  })

  it('prepares a forgotten text anew, under another name', () => {
    const cache = new StatementCache(10)
    const entry = cache.entryFor('select 1', '')!
    entry.isParsed = true
    cache.forget(entry)
    const again = cache.entryFor('select 1', '')!
    expect(again).toMatchObject({ isParsed: false })
    expect(again.name).not.toBe(entry.name)
    expect(cache.takeDropped()).toEqual([entry.name])
  })

  it('does not forget the successor of an entry that was dropped meanwhile', () => {
    const cache = new StatementCache(10)
    const entry = cache.entryFor('select 1', '')!
    cache.forget(entry)
    const successor = cache.entryFor('select 1', '')
    cache.forget(entry)
    expect(cache.entryFor('select 1', '')).toBe(successor)
    expect(cache.takeDropped()).toEqual([entry.name])
  })

  it('has on the server, for any order of use, never more than it holds and what it has named for Close', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 200 }),
        (capacity, uses) => {
          const cache = new StatementCache(capacity)
          const onServer = new Set<string>()
          for (const use of uses) {
            for (const name of cache.takeDropped()) onServer.delete(name)
            const entry = cache.entryFor(`select ${use}`, '')!
            if (!entry.isParsed) {
              expect(onServer).not.toContain(entry.name)
              onServer.add(entry.name)
              entry.isParsed = true
            }
            expect(onServer).toContain(entry.name)
            expect(onServer.size).toBeLessThanOrEqual(capacity + 1)
          }
        },
      ),
    )
  })
})
