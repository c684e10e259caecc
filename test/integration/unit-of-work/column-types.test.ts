import { describe, expect, it } from 'vitest'
import { Metadata } from '../../../src/metadata/metadata.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { everything, full, type Everything } from './every-type.js'
import { testSessions } from './unit-of-work-harness.js'

const metadata = new Metadata({ tables: { everything } })
const database = cloneDatabase()
const open = testSessions(database, metadata)
const row = (values: Everything): never => values as never

describe('a column of any type', () => {
  it('is read as it was written, in bulk, and is not modified by that', async () => {
    const session = open()
    const { objects } = session
    const added = objects.addAll(everything, [row(full), row({}), row(full)])
    await session.commit()
    objects.expungeAll()
    const loaded = await objects.getOne(everything, 1)
    const nulls = await objects.getOne(everything, 2)
    expect(loaded).toEqual({ id: 1, ...full })
    expect(added[0]).toEqual(loaded)
    expect(new Set(Object.values(nulls).slice(1))).toEqual(new Set([null]))
    expect(objects.dirty).toEqual([])
  })

  it('is changed, one statement for each set of columns, and comes back so', async () => {
    const session = open()
    const { objects } = session
    objects.addAll(everything, [row({}), row({})])
    await session.commit()
    const [one, two] = [await objects.getOne(everything, 1), await objects.getOne(everything, 2)]
    session.sent.length = 0
    Object.assign(one, structuredClone({ ...full, bytes: null, moreBytes: null }))
    Object.assign(two, full)
    expect(objects.dirty).toHaveLength(2)
    await session.commit()
    objects.expungeAll()
    expect(await objects.getOne(everything, 2)).toEqual({ id: 2, ...full })
  })

  it('notices a change inside dates, bytes, arrays and documents', async () => {
    const session = open()
    const { objects } = session
    objects.add(everything, row(full))
    await session.commit()
    objects.expungeAll()
    const loaded = (await objects.getOne(everything, 1)) as unknown as typeof full & Record<string, never>
    const changes: readonly (() => unknown)[] = [
      () => (loaded.moment as Date).setFullYear(1999),
      () => (loaded.bytes as Buffer).fill(9),
      () => (loaded.numbers as unknown[]).push(4),
      () => ((loaded.asJson as { list: unknown[] }).list[2] = { deep: false }),
      () => ((loaded.grid as unknown[][])[1]![1] = 'd'),
      () => ((loaded.spot as { x: number }).x = 7),
    ]
    for (const change of changes) {
      expect(objects.isModified(loaded)).toBe(false)
      change()
      expect(objects.isModified(loaded)).toBe(true)
      await objects.flush()
      expect(objects.isModified(loaded)).toBe(false)
    }
    const values = structuredClone(loaded.asJson)
    await objects.refresh(loaded)
    expect(loaded.asJson).toEqual(values)
    expect((loaded.moment as Date).getFullYear()).toBe(1999)
  })

  it.each([
    ['short', 'too long'],
    ['shorts', ['too long']],
    ['term', 'too long'],
    ['flags', '101'],
    ['born', 1500],
    ['fixed', 'abcd'],
  ] as const)('refuses what does not fit: %s', async (key, value) => {
    const session = open()
    session.objects.add(everything, row({ [key]: value }))
    const failure = await session.objects.flush().catch((error: unknown) => error)
    // A domain's own length is applied by the cast to it, as in any other cast (PostgreSQL manual, CREATE DOMAIN).
    if (key === 'term') expect(failure).toBeDefined()
    else expect(failure).toMatchObject({ code: expect.stringMatching(/DATA_ERROR|CHECK_VIOLATION/) })
  })

  it('takes the other forms that may be written, and holds what is read afterwards', async () => {
    const session = open()
    const { objects } = session
    const added = objects.add(
      everything,
      row({
        large: 5,
        largeNumber: 5n,
        exact: 1.5,
        moment: '2026-11-20T00:00:00Z',
        bytes: new Uint8Array([1]),
        spot: '(1,2)',
        uid: '0E37DF36-F698-11E6-8DD4-CB9CED3DF976',
      }),
    )
    await session.commit()
    expect(added).toMatchObject({
      large: 5n,
      largeNumber: 5,
      exact: '1.50',
      moment: new Date('2026-11-20T00:00:00Z'),
      bytes: Buffer.from([1]),
      spot: { x: 1, y: 2 },
    })
    expect(objects.dirty).toEqual([])
  })
})
