import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytea, integer, jsonb, Metadata, relations, table, text, timestamptz } from '../../../src/index.js'
import { changedColumns } from '../../../src/unit-of-work/changed-columns.js'
import { expireColumns } from '../../../src/unit-of-work/expired-column.js'
import { Mapper } from '../../../src/unit-of-work/mapper.js'
import type { AnyRow } from '../../../src/unit-of-work/row.js'
import { TrackedObject } from '../../../src/unit-of-work/tracked-object.js'
import { setRelation } from '../../../src/unit-of-work/unloaded-relations.js'

const note = table('note', {
  id: integer().primaryKey(),
  parentId: integer(),
  body: text(),
  written: timestamptz(),
  seal: bytea(),
  tags: jsonb(),
})
const tables = { note }
const mapper = new Mapper(
  new Metadata({
    tables,
    relations: relations(tables, { note: (r) => ({ parent: r.one('note', { parentId: 'id' }) }) }),
  }),
)
const mapping = mapper.mapping(note)
const keys = mapping.columns.map((column) => column.key)

function loaded(): TrackedObject {
  const row = [1, null, 'text', new Date(5), Buffer.from('ab'), { list: [1, 2] }]
  const state = new TrackedObject(mapping.objectOf(row), mapping, 'persistent')
  state.snapshot = row
  return state
}

function changed(state: TrackedObject): readonly string[] {
  return (changedColumns(state) ?? []).map((column) => column.key)
}

/** Another value for each column, some of them by a change inside the old one. */
const CHANGES: Readonly<Record<string, (object: AnyRow) => void>> = {
  id: (object) => (object['id'] = 2),
  parentId: (object) => (object['parentId'] = 1),
  body: (object) => (object['body'] = null),
  written: (object) => (object['written'] as Date).setTime(6),
  seal: (object) => (object['seal'] as Buffer).fill('c'),
  tags: (object) => (object['tags'] as { list: unknown[] }).list.push(3),
}

describe('changedColumns', () => {
  it('finds every change, whatever became of the order of the properties', () => {
    fc.assert(
      fc.property(
        fc.subarray(keys),
        fc.shuffledSubarray(keys),
        fc.shuffledSubarray(keys),
        fc.boolean(),
        (altered, moved, deleted, hasRelation) => {
          const state = loaded()
          const { object } = state
          for (const key of altered) CHANGES[key]?.(object)
          for (const key of moved) {
            const value = object[key]
            Reflect.deleteProperty(object, key)
            if (hasRelation) setRelation(object, 'parent', null)
            object[key] = value
          }
          for (const key of deleted) Reflect.deleteProperty(object, key)
          expect(changed(state)).toStrictEqual(altered.filter((key) => !deleted.includes(key)))
        },
      ),
    )
  })

  it('tells values apart that have changed places together with their properties', () => {
    const state = loaded()
    const { object } = state
    const values = keys.map((key) => object[key])
    for (const key of keys) Reflect.deleteProperty(object, key)
    for (const [index, key] of ['id', 'body', 'parentId', 'written', 'seal', 'tags'].entries())
      object[key] = values[index]
    expect(changed(state)).toStrictEqual(['parentId', 'body'])
  })

  it('finds nothing in equal values that are other objects', () => {
    const state = loaded()
    const { object } = state
    object['written'] = new Date(5)
    object['seal'] = new Uint8Array([97, 98])
    object['tags'] = { list: [1, 2] }
    expect(changedColumns(state)).toBeUndefined()
  })

  it('reads no column that was expired', () => {
    const state = loaded()
    expireColumns(state, ['body'])
    expect(changedColumns(state)).toBeUndefined()
    state.object['written'] = null
    expect(changed(state)).toStrictEqual(['written'])
  })

  it('passes over properties that are no columns', () => {
    const state = loaded()
    state.object['colour'] = 'red'
    expect(changedColumns(state)).toBeUndefined()
  })
})
