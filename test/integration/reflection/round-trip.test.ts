import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { Metadata } from '../../../src/metadata/metadata.js'
import { reflect, type ReflectOptions } from '../../../src/reflection/reflect.js'
import { catalogLines } from '../../support/catalog-lines.js'
import { executeOnce, temporaryDatabase, type TemporaryDatabase } from '../../support/temporary-database.js'
import { createIn } from '../ddl/create-in.js'
import { everyFeature } from '../ddl/every-feature.js'
import { via } from '../../support/via.js'
import { ODD_SCHEMA } from './odd-schema.js'

const SCHEMAS = fileURLToPath(new URL('../../../../shared/schemas', import.meta.url))

/** Reads a database into a metadata and makes another database from that. */
async function reflectAndCreate(from: string, to: string, options: ReflectOptions = {}): Promise<Metadata> {
  await using database = new AsyncDatabase({ ...via(from) })
  const metadata = await reflect(database, options)
  await using copy = new AsyncDatabase({ ...via(to), metadata })
  await copy.createAll()
  return metadata
}

describe('A database that is reflected and created again', () => {
  let first: TemporaryDatabase
  let second: TemporaryDatabase

  async function twoDatabases(work: () => Promise<void>): Promise<void> {
    await using one = await temporaryDatabase(inject('databaseUrl'))
    await using two = await temporaryDatabase(inject('databaseUrl'))
    ;[first, second] = [one, two]
    await work()
  }

  it('has equal catalogs when it uses every feature of the metadata', async () => {
    await twoDatabases(async () => {
      await createIn(first.url, everyFeature(inject('serverVersion')))
      await reflectAndCreate(first.url, second.url, { schemas: ['app', 'Other Schema', 'empty'] })
      const lines = await catalogLines(first.url)
      expect(lines.length).toBeGreaterThan(400)
      expect(await catalogLines(second.url)).toEqual(lines)
    })
  })

  it('has equal catalogs when it holds what no builder makes', async () => {
    await twoDatabases(async () => {
      await executeOnce(first.url, ODD_SCHEMA)
      await reflectAndCreate(first.url, second.url)
      expect(await catalogLines(second.url)).toEqual(await catalogLines(first.url))
    })
  })

  it('is found complete the second time, and can be dropped whole', async () => {
    await twoDatabases(async () => {
      await executeOnce(first.url, ODD_SCHEMA)
      const metadata = await reflectAndCreate(first.url, second.url)
      await using copy = new AsyncDatabase({ url: second.url, metadata })
      // Comments are written again, whatever is there.
      const { created } = await copy.createAll()
      expect(created.filter((name) => !name.includes('comment of'))).toEqual([])
      const empty = await temporaryDatabase(inject('databaseUrl'))
      await copy.dropAll({ extensions: true, schemas: true })
      expect(await catalogLines(second.url)).toEqual(await catalogLines(empty.url))
      await empty.drop()
    })
  })

  it.each(['chinook-identity', 'northwind', 'pagila'])('has equal catalogs when it is %s', async (name) => {
    const file = `${SCHEMAS}/${name}.sql`
    if (!existsSync(file)) return
    await twoDatabases(async () => {
      await executeOnce(first.url, readFileSync(file, 'utf8'))
      const metadata = await reflectAndCreate(first.url, second.url)
      expect(metadata.description.tables.length).toBeGreaterThan(10)
      expect(await catalogLines(second.url)).toEqual(await catalogLines(first.url))
    })
  })

  it('moves to another schema with everything that is in its own', async () => {
    await twoDatabases(async () => {
      await executeOnce(first.url, ODD_SCHEMA)
      await using database = new AsyncDatabase({ ...via(first.url) })
      const metadata = (await reflect(database)).inSchema('tenant')
      await using copy = new AsyncDatabase({ ...via(second.url), metadata })
      await copy.createAll()
      const moved = await reflect(copy, { schemas: ['tenant'] })
      expect(moved.description.tables.map(({ name }) => name)).toEqual(
        metadata.description.tables.map(({ name }) => name),
      )
      const names = ({ description }: Metadata) =>
        description.objects.map(({ kind, name }) => `${kind} ${name}`)
      expect(names(moved).sort()).toEqual(names(metadata).sort())
    })
  })
})

describe('catalogLines', () => {
  let database: TemporaryDatabase
  let before: readonly string[]

  beforeAll(async () => {
    database = await temporaryDatabase(inject('databaseUrl'))
    await executeOnce(database.url, ODD_SCHEMA)
    before = await catalogLines(database.url)
  })
  afterAll(async () => {
    await database.drop()
  })

  it.each([
    ['a column', 'alter table account add extra int', 'alter table account drop extra'],
    [
      'a default',
      'alter table account alter name set default 1',
      'alter table account alter name drop default',
    ],
    ['a comment', `comment on table account is 'x'`, 'comment on table account is null'],
    ['a name', 'alter index "odd index" rename to x', 'alter index x rename to "odd index"'],
    ['a trigger', 'alter table account enable trigger touch', 'alter table account disable trigger touch'],
    [
      'row security',
      'alter table account enable row level security',
      'alter table account disable row level security',
    ],
    ['a sequence', 'alter sequence order_numbers cache 2', 'alter sequence order_numbers cache 10'],
    ['storage', 'alter table account set (fillfactor = 50)', 'alter table account reset (fillfactor)'],
    [
      'an aggregate',
      'alter aggregate longest(text) rename to l',
      'alter aggregate l(text) rename to longest',
    ],
    ['a function', 'alter function plus_one(integer) volatile', 'alter function plus_one(integer) immutable'],
    ['a view', 'alter view names set (security_barrier)', 'alter view names reset (security_barrier)'],
    [
      'a constraint',
      'alter table account alter constraint account_parent_fkey deferrable',
      'alter table account alter constraint account_parent_fkey not deferrable',
    ],
  ])('differ after a change of %s', async (_, change, undo) => {
    await executeOnce(database.url, change)
    expect(await catalogLines(database.url)).not.toEqual(before)
    await executeOnce(database.url, undo)
    expect(await catalogLines(database.url)).toEqual(before)
  })
})
