import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint, integer } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text, uuid } from '../../../src/metadata/text-columns.js'
import { jsonb } from '../../../src/metadata/value-columns.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { RowByRow, type LabelledRow } from './row-by-row.js'
import { testSessions, type TestSession } from './unit-of-work-harness.js'
import { sql } from 'kysely'

/** Five tables: a tree, a circle of three, and a leaf; keys numbered, computed and given. */
const people = table('people', {
  id: bigint().identityAlways().primaryKey(),
  label: text().notNull(),
  value: jsonb<{ n: number }>(),
  one: bigint().references(() => people.id),
  two: uuid().references(() => houses.id),
})
const houses = table('houses', {
  id: uuid()
    .primaryKey()
    .default(sql`gen_random_uuid()`),
  label: text().notNull(),
  value: jsonb<{ n: number }>(),
  one: integer().references(() => towns.id),
  two: bigint().references(() => people.id),
})
const towns = table('towns', {
  id: integer().identity().primaryKey(),
  label: text().notNull(),
  value: jsonb<{ n: number }>(),
  one: bigint().references(() => people.id),
  two: integer().references(() => towns.id),
})
const roads = table('roads', {
  id: integer().primaryKey(),
  label: text().notNull(),
  value: jsonb<{ n: number }>(),
  one: integer().references(() => towns.id),
  two: integer().references(() => towns.id),
})
const signs = table('signs', {
  id: bigint().identity({ increment: -1 }).primaryKey(),
  label: text().notNull(),
  value: jsonb<{ n: number }>(),
  one: integer().references(() => roads.id),
  two: uuid().references(() => houses.id),
})
const tables = [people, houses, towns, roads, signs] as const
const targets = [
  [0, 1],
  [2, 0],
  [0, 2],
  [2, 2],
  [3, 1],
] as const

interface Thing {
  id: unknown
  label: string
  value: { n: number } | null
  one: unknown
  two: unknown
}
/** A row as the references have it: what it points at by label. */
type Fact = LabelledRow
interface StoredRow extends Record<string, unknown> {
  readonly id: string
  readonly label: string
  readonly value: { n: number } | null
  readonly one: string
  readonly two: string
}
type Facts = ReadonlyMap<string, Fact>

const index = fc.nat(40)
const step = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    table: fc.nat(4),
    one: fc.option(index),
    two: fc.option(index),
  }),
  fc.record({
    kind: fc.constant('add' as const),
    table: fc.nat(4),
    one: fc.option(index),
    two: fc.option(index),
  }),
  fc.record({ kind: fc.constant('change' as const), which: index, n: fc.option(fc.nat(9)) }),
  fc.record({
    kind: fc.constant('point' as const),
    which: index,
    column: fc.constantFrom('one', 'two'),
    at: fc.option(index),
  }),
  fc.record({ kind: fc.constant('delete' as const), which: index }),
  fc.record({ kind: fc.constantFrom('flush' as const, 'commit' as const, 'rollback' as const) }),
  fc.record({ kind: fc.constantFrom('savepoint' as const, 'release' as const, 'undo' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

const database = cloneDatabase()
const open = testSessions(database, new Metadata({ tables: { people, houses, towns, roads, signs } }))

function byLabel(left: Fact, right: Fact): number {
  return left.label < right.label ? -1 : 1
}

/** Plays the same steps on the unit of work, on plain facts, and row by row on other tables. */
class Play {
  readonly session: TestSession
  readonly objects = new Map<string, Thing>()
  facts: Map<string, Fact> = new Map()
  committed: Facts = new Map()
  readonly savepoints: {
    facts: Facts
    name: string
    mark: ReturnType<TestSession['objects']['beginSavepoint']>
  }[] = []
  readonly #mirror: RowByRow
  #count = 0

  constructor(session: TestSession, mirror: RowByRow) {
    this.session = session
    this.#mirror = mirror
  }

  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'add': {
        const label = `thing ${String(++this.#count)}`
        const one = this.#pick(next.one, targets[next.table]![0])
        const two = this.#pick(next.two, targets[next.table]![1])
        const values = { label, value: null, one: this.#reference(one), two: this.#reference(two) }
        const own = next.table === 3 ? { id: this.#count } : {}
        this.objects.set(label, this.session.objects.add(tables[next.table]!, { ...values, ...own } as never))
        this.facts.set(label, { table: next.table, label, n: null, one, two })
        await this.#mirror.insert(this.facts.get(label)!)
        return
      }
      case 'change': {
        const fact = this.#nth(next.which)
        if (fact === undefined) return
        const object = this.objects.get(fact.label)!
        if (object.value === null || next.n === null) object.value = next.n === null ? null : { n: next.n }
        else object.value.n = next.n
        this.facts.set(fact.label, { ...fact, n: next.n })
        await this.#mirror.set(fact.table, fact.label, 'n', next.n)
        return
      }
      case 'point': {
        const fact = this.#nth(next.which)
        if (fact === undefined) return
        const column = next.column
        const at = this.#pick(next.at, targets[fact.table]![column === 'one' ? 0 : 1])
        this.objects.get(fact.label)![column] = this.#reference(at)
        this.facts.set(fact.label, { ...fact, [column]: at })
        await this.#mirror.set(fact.table, fact.label, column, at)
        return
      }
      case 'delete':
        return await this.#delete(this.#nth(next.which))
      case 'flush':
        await this.session.objects.flush()
        expect(await this.rows((text) => this.session.query<StoredRow>(text))).toEqual(
          await this.#mirror.rows(),
        )
        return
      case 'commit':
        await this.session.commit()
        await this.#mirror.end('commit')
        this.savepoints.length = 0
        this.committed = new Map(this.facts)
        return
      case 'rollback':
        await this.session.rollback()
        await this.#mirror.end('rollback')
        this.savepoints.length = 0
        this.facts = new Map(this.committed)
        return
      case 'savepoint': {
        const name = `s${String(++this.#count)}`
        await this.session.query(`savepoint ${name}`)
        await this.#mirror.say(`savepoint ${name}`)
        this.savepoints.push({
          facts: new Map(this.facts),
          name,
          mark: this.session.objects.beginSavepoint(),
        })
        return
      }
      case 'release': {
        const savepoint = this.savepoints.pop()
        if (savepoint === undefined) return
        await this.session.objects.flush()
        await this.session.query(`release savepoint ${savepoint.name}`)
        await this.#mirror.say(`release savepoint ${savepoint.name}`)
        savepoint.mark.release()
        return
      }
      case 'undo': {
        const savepoint = this.savepoints.pop()
        if (savepoint === undefined) return
        await this.session.query(`rollback to savepoint ${savepoint.name}`)
        await this.#mirror.say(`rollback to savepoint ${savepoint.name}`)
        savepoint.mark.rollback()
        this.facts = new Map(savepoint.facts)
      }
    }
  }

  /** Objects hold what the facts say, and those that are out of it are not in the session. */
  compareObjects(): void {
    for (const [label, object] of this.objects) {
      const fact = this.facts.get(label)
      if (fact === undefined) {
        const isGone = !this.session.objects.contains(object) || this.session.objects.deleted.includes(object)
        expect(isGone, `${label} is gone`).toBe(true)
      } else {
        expect(this.session.objects.contains(object), `${label} is there`).toBe(true)
        expect(object.value?.n ?? null).toBe(fact.n)
        for (const column of ['one', 'two'] as const) {
          const target = fact[column] === null ? null : this.objects.get(fact[column])!
          // While the key is not there, or was not when it was asked for, a reference is a promise of it.
          if (target === null) expect(object[column]).toBe(null)
          else if (typeof object[column] !== 'object') expect(object[column]).toBe(target.id)
        }
      }
    }
  }

  /** All rows as a connection sees them, by label. */
  async rows(query: (text: string) => Promise<StoredRow[]>): Promise<Fact[]> {
    const all: StoredRow[][] = []
    for (const name of ['people', 'houses', 'towns', 'roads', 'signs'])
      all.push(await query(`select id::text, label, value, one::text, two::text from ${name}`))
    const labels = all.map((rows) => new Map(rows.map(({ id, label }) => [id, label])))
    const stored = all.flatMap((rows, at) =>
      rows.map(({ label, value, one, two }) => ({
        table: at,
        label,
        n: value?.n ?? null,
        one: labels[targets[at]![0]]!.get(one) ?? null,
        two: labels[targets[at]![1]]!.get(two) ?? null,
      })),
    )
    return stored.sort(byLabel)
  }

  async compareRows(): Promise<void> {
    const stored = await this.rows((text) => database.query<StoredRow>(text))
    expect(stored).toEqual([...this.committed.values()].sort(byLabel))
    expect(stored).toEqual(await this.#mirror.rows())
  }

  async #delete(fact: Fact | undefined): Promise<void> {
    if (fact === undefined) return
    const { objects } = this.session
    for (const other of this.facts.values()) {
      for (const column of ['one', 'two'] as const) {
        if (other[column] !== fact.label) continue
        // Two that are deleted in one flush may point at each other; others must let go.
        this.objects.get(other.label)![column] = null
        this.facts.set(other.label, { ...this.facts.get(other.label)!, [column]: null })
        await this.#mirror.set(other.table, other.label, column, null)
      }
    }
    const object = this.objects.get(fact.label)!
    if (objects.new.includes(object)) await objects.flush()
    objects.delete(object)
    this.facts.delete(fact.label)
    await this.#mirror.delete(fact.table, fact.label)
  }

  #nth(which: number): Fact | undefined {
    return [...this.facts.values()][which % Math.max(1, this.facts.size)]
  }

  #pick(at: number | null, kind: number): string | null {
    const candidates = [...this.facts.values()].filter((fact) => fact.table === kind)
    return at === null ? null : (candidates[at % Math.max(1, candidates.length)]?.label ?? null)
  }

  #reference(label: string | null): unknown {
    return label === null ? null : this.session.objects.later(this.objects.get(label)!, 'id')
  }
}

describe('UnitOfWork', () => {
  it('equals plain facts and a writer row by row, whatever is added, changed, deleted, flushed, committed and undone', async () => {
    const mirror = await RowByRow.open(database.url, targets)
    onTestFinished(() => mirror.close())
    const runs = Number(process.env['PROPERTY_RUNS'] ?? 60)
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
        await database.query('truncate people, houses, towns, roads, signs restart identity cascade')
        await mirror.empty()
        const play = new Play(open(), mirror)
        try {
          for (const next of steps) {
            await play.take(next)
            play.compareObjects()
          }
          await play.take({ kind: 'commit' })
          play.compareObjects()
          await play.compareRows()
          expect(play.session.objects.dirty).toEqual([])
        } finally {
          await play.take({ kind: 'rollback' })
        }
      }),
      { numRuns: runs },
    )
  }, 600_000)
})
