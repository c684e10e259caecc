import { describe, expect, inject, it, onTestFinished } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { InitializationError } from '../../../src/errors/initialization-error.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { table, type AnyTable } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import { temporaryDatabase } from '../../support/temporary-database.js'
import { via } from '../../support/via.js'

/** How many statements leave together; see run-ddl.ts. */
const BATCH = 50

/** Tables without indexes or comments of their own: one statement each. */
function chain(length: number): Metadata {
  const tables: Record<string, AnyTable> = {}
  for (let at = 0; at < length; at++) {
    const before = tables[`t${at - 1}`] as { readonly id: ReturnType<typeof integer> } | undefined
    tables[`t${at}`] = table(`t${at}`, {
      id: integer().primaryKey(),
      name: text(),
      parent: before === undefined ? integer() : integer().references(() => before.id),
    })
  }
  return new Metadata({ tables })
}

describe('createAll', () => {
  it.each([25, 125, 500])(
    'sends fifty statements in each round trip for %i tables',
    async (count) => {
      await using empty = await temporaryDatabase(inject('databaseUrl'))
      const proxy = await NetworkProxy.start(via(empty.url).url)
      onTestFinished(() => proxy.stop())
      await using database = new AsyncDatabase({
        ...via(empty.url),
        url: proxy.urlFor(empty.url),
        metadata: chain(count),
      })
      const told: [done: number, total: number][] = []
      const { created } = await database.createAll({ onProgress: (...progress) => told.push(progress) })
      expect(created).toHaveLength(count)
      const batches = Math.ceil(count / BATCH)
      // BEGIN travels with the first of three questions: time limits, the lock, what is there. At the end COMMIT.
      expect(proxy.recorder.roundTrips).toBe(3 + batches + 1)
      expect(told).toHaveLength(batches)
      expect(told.at(-1)).toEqual([count, count])
    },
    120_000,
  )

  it('asks what is there unless told not to, and then fails where something is', async () => {
    await using empty = await temporaryDatabase(inject('databaseUrl'))
    await using database = new AsyncDatabase({ ...via(empty.url), metadata: chain(2) })
    const asked: string[] = []
    database.engine.on('statement', ({ text: sent }) => asked.push(sent))
    expect(await database.createAll({ checkFirst: false })).toEqual({
      created: ['public.t0', 'public.t1'],
      existing: [],
    })
    expect(asked.filter((sent) => sent.includes('pg_class'))).toEqual([])
    expect(await database.createAll()).toEqual({
      created: [],
      existing: ['public', 'public.t0', 'public.t1'],
    })
    const failure: unknown = await database.createAll({ checkFirst: false }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(InitializationError)
    expect(String(failure)).toContain('The table public.t0 could not be created')
  })

  it('refuses an option that it does not know', async () => {
    await using database = new AsyncDatabase({ url: 'postgres://app@nowhere/none', metadata: chain(1) })
    await expect(database.createAll({ checkfirst: false } as object)).rejects.toThrow(
      'Did you mean checkFirst?',
    )
    await expect(database.dropAll({ schema: true } as object)).rejects.toThrow('Did you mean schemas?')
  })
})

describe('dropAll', () => {
  it('tells how far it is', async () => {
    await using empty = await temporaryDatabase(inject('databaseUrl'))
    await using database = new AsyncDatabase({ ...via(empty.url), metadata: chain(60) })
    await database.createAll()
    const told: [done: number, total: number][] = []
    expect(await database.dropAll({ onProgress: (...progress) => told.push(progress) })).toHaveLength(60)
    expect(told).toEqual([
      [50, 60],
      [60, 60],
    ])
  })
})
