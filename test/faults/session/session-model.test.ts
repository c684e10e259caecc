import fc from 'fast-check'
import { CompiledQuery, sql, type Kysely } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { DatabaseError } from '../../../src/errors/database-error.js'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import { Deferred } from '../../../src/foundation/deferred.js'
import type { Session } from '../../../src/session/session.js'
import { modelRuns, seeds, shrinks } from '../settings.js'
import { cloneDatabase } from '../../support/clone-database.js'
import type { NetworkProxy } from '../../support/network-proxy.js'
import { outcomeOf } from '../../integration/session/failure-of.js'
import type { TestTables } from '../../integration/session/open-database.js'
import { openThroughProxy } from '../../integration/session/open-through-proxy.js'
import {
  SessionMachine,
  type Command,
  type Nested,
  type Outcome,
  type StatementCommand,
} from './session-machine.js'

const cloned = cloneDatabase()
const KEYS = 4
const RUNS = modelRuns(50)
/** Commands of one program at most. */
const COMMANDS = 40
/** Far above what a program takes on a busy machine: only one that hangs meets it. */
const HANG_MILLIS = 20_000
/** What a test has for the most; a program takes some 50 ms, and a busy machine ten times that. */
const TIMEOUT_MILLIS = 60_000 + RUNS * 1_000

const statementArbitrary: fc.Arbitrary<StatementCommand> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write'),
      key: fc.integer({ min: 1, max: KEYS }),
      value: fc.nat(99),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: 'read' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'stream' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'fail' } as const) },
  { weight: 1, arbitrary: fc.constant({ kind: 'bad parameter' } as const) },
)

const { outer: commandArbitrary } = fc.letrec<{ inner: Command; outer: Command; nested: Nested }>((tie) => {
  const statements = fc.record({ kind: fc.constant('statement'), statement: statementArbitrary })
  const batch = fc.record({
    kind: fc.constant('batch'),
    // A stream is many statements: not started together with others.
    statements: fc.array(
      statementArbitrary.filter(({ kind }) => kind !== 'stream'),
      { minLength: 2, maxLength: 5 },
    ),
  })
  const nested = fc.record({
    kind: fc.constant('nested'),
    siblings: fc.array(tie('nested'), { minLength: 1, maxLength: 3 }),
  })
  const abort = fc.record({
    kind: fc.constant('abort'),
    statements: fc.array(
      statementArbitrary.filter(({ kind }) => kind === 'write' || kind === 'fail'),
      { maxLength: 3 },
    ),
    commits: fc.boolean(),
  })
  const cut = fc.constant({ kind: 'cut' } as const)
  const plain = (kind: 'begin' | 'commit' | 'rollback' | 'reopen' | 'commit and straggle') =>
    fc.constant({ kind })
  return {
    nested: fc.record({
      by: fc.constantFrom('beginNested', 'transaction'),
      work: fc.array(tie('inner'), { maxLength: 4, depthIdentifier: 'nested' }),
      end: fc.constantFrom('return', 'throw'),
    }),
    inner: fc.oneof(
      { depthSize: 'small', depthIdentifier: 'nested' },
      { weight: 8, arbitrary: statements },
      { weight: 2, arbitrary: batch },
      { weight: 2, arbitrary: nested },
      { weight: 1, arbitrary: cut },
    ),
    outer: fc.oneof(
      { weight: 12, arbitrary: statements },
      { weight: 4, arbitrary: batch },
      { weight: 6, arbitrary: nested },
      { weight: 6, arbitrary: plain('commit') },
      { weight: 4, arbitrary: plain('rollback') },
      { weight: 2, arbitrary: plain('commit and straggle') },
      { weight: 2, arbitrary: plain('begin') },
      { weight: 1, arbitrary: plain('reopen') },
      { weight: 2, arbitrary: abort },
      { weight: 1, arbitrary: cut },
    ),
  }
})

/** The same commands on a real session and on the machine, step by step. */
class Comparison {
  readonly #database: AsyncDatabase<TestTables>
  readonly #proxy: NetworkProxy
  readonly #machine: SessionMachine
  #session: Session<TestTables>

  constructor(database: AsyncDatabase<TestTables>, proxy: NetworkProxy, rows: ReadonlyMap<number, number>) {
    this.#database = database
    this.#proxy = proxy
    this.#machine = new SessionMachine(rows)
    this.#session = database.session()
  }

  async run(commands: readonly Command[]): Promise<void> {
    for (const command of commands) {
      await this.#perform(command, this.#session)
      expect(this.#session.state).toBe(this.#machine.phase)
      expect(this.#session.inTransaction).toBe(this.#machine.inTransaction)
    }
  }

  /** What everybody else sees is what was committed. */
  async finish(): Promise<void> {
    await this.#session.close()
    expect(await rowsOf()).toEqual([...this.#machine.committed])
    expect(this.#database.engine.stats()).toMatchObject({ inUse: 0, waiting: 0 })
  }

  async #perform(command: Command, queries: Kysely<TestTables>): Promise<void> {
    const machine = this.#machine
    const session = this.#session
    switch (command.kind) {
      case 'statement':
        // The machine goes first: a read is compared with what it says.
        return compare(machine.statement(command.statement), this.#execute(command.statement, queries))
      case 'batch': {
        // Kysely lets the statements of its own transactions go one after the other.
        const steps = machine.batch(command.statements, queries === session)
        const started = command.statements.map((statement, index) =>
          outcomeOf(this.#execute(statement, queries, steps[index]!.rows)),
        )
        expect((await Promise.all(started)).map(nameOf)).toEqual(steps.map(({ outcome }) => outcome))
        return
      }
      case 'begin':
        return compare(machine.begin(), (async () => session.begin())())
      case 'commit':
        await compare(machine.commit(), session.commit())
        expect(await rowsOf()).toEqual([...machine.committed])
        return
      case 'rollback':
        return compare(machine.rollback(), session.rollback())
      case 'reopen':
        machine.rollback()
        await session.close()
        this.#session = this.#database.session()
        return
      case 'abort':
        await this.#abort(command)
        return
      case 'commit and straggle': {
        const wasIdle = machine.phase === 'idle'
        const expected = machine.commit()
        const committed = session.commit()
        const write = { kind: 'write', key: 1, value: 7 } as const
        const straggler = outcomeOf(this.#execute(write, queries))
        await compare(expected, committed)
        // Where there was nothing to commit, a statement begins the next transaction.
        expect(nameOf(await straggler)).toBe(wasIdle ? machine.statement(write) : 'refused')
        return
      }
      case 'cut':
        await this.#cut()
        machine.cut()
        // On a busy machine the client's socket reports it late.
        await expect.poll(() => this.#session.state).toBe(machine.phase)
        return
      case 'nested': {
        const { mayNest } = machine
        await Promise.all(command.siblings.map((nested) => this.#nest(nested, mayNest)))
        return
      }
    }
  }

  /** Whether a commit that was under way came first is chance; its caller is told the truth either way. */
  async #abort({ statements, commits }: Command & { readonly kind: 'abort' }): Promise<void> {
    const machine = this.#machine
    const session = this.#session
    const before = machine.committed
    const started = statements.map((statement) => outcomeOf(this.#execute(statement, session)))
    const committing = commits ? outcomeOf(session.commit()) : undefined
    machine.batch(statements, true)
    if (commits) machine.commit()
    await session.abort()
    await Promise.all(started)
    const told = await committing
    const outcome = CommitUnknownError.is(told) ? told.outcome : told === undefined ? 'committed' : 'aborted'
    const rows = await rowsOf()
    const isAsBefore = JSON.stringify(rows) === JSON.stringify([...before])
    if (outcome === 'aborted' || (outcome === 'unknown' && isAsBefore)) machine.committed = before
    machine.rollback()
    expect(rows).toEqual([...machine.committed])
    expect(session.state).toBe('closed')
    this.#session = this.#database.session()
  }

  async #nest(nested: Nested, mayNest: boolean): Promise<void> {
    const expected: { outcome: Outcome } = { outcome: 'refused' }
    const work = async (queries: Kysely<TestTables>): Promise<void> => {
      this.#machine.openScope()
      for (const command of nested.work) await this.#perform(command, queries)
      expected.outcome = this.#machine.closeScope(nested.end)
      if (nested.end === 'throw') throw new BusinessError()
    }
    const outcome = await outcomeOf(
      nested.by === 'beginNested'
        ? this.#session.beginNested(work)
        : this.#session.transaction().execute(work),
    )
    if (!mayNest) expect(expected.outcome).toBe('refused')
    expect(nameOf(outcome)).toBe(expected.outcome)
  }

  async #execute(
    command: StatementCommand,
    queries: Kysely<TestTables>,
    rows: ReadonlyMap<number, number> = this.#machine.rows,
  ): Promise<void> {
    const all = queries.selectFrom('account').select(['id', 'balance']).where('id', '<=', KEYS).orderBy('id')
    switch (command.kind) {
      case 'write':
        await queries
          .updateTable('account')
          .set({ balance: command.value })
          .where('id', '=', command.key)
          .execute()
        return
      case 'read':
        expect((await all.execute()).map(({ id, balance }) => [id, balance])).toEqual([...rows])
        return
      case 'stream': {
        const seen: [number, number][] = []
        for await (const { id, balance } of all.stream(3)) seen.push([id, balance])
        expect(seen).toEqual([...rows])
        return
      }
      case 'fail':
        await sql`update account set balance = -1`.execute(queries)
        return
      case 'bad parameter':
        await queries.executeQuery(CompiledQuery.raw('select $1', [undefined]))
        return
    }
  }

  async #cut(): Promise<void> {
    const closed = this.#proxy.connections.map((connection) => connection.closed)
    this.#proxy.resetAll()
    await Promise.all(closed)
    // The client's socket reports the reset in the next polls of the event loop.
    await sleep(3)
  }
}

/** A session that hangs fails, and soon enough for shrinking. */
async function soon(work: Promise<void>): Promise<void> {
  const late = new Error(`This hung for ${HANG_MILLIS} ms.`)
  const timer = new Deferred<never>()
  const timeout = setTimeout(() => timer.reject(late), HANG_MILLIS)
  await Promise.race([work, timer.promise]).finally(() => clearTimeout(timeout))
}

class BusinessError extends Error {}

async function compare(expected: Outcome, work: Promise<unknown>): Promise<void> {
  expect(nameOf(await outcomeOf(work))).toBe(expected)
}

/** An error as the machine calls it. What is not an error of the package is thrown on: it is a failed expectation. */
function nameOf(error: unknown): Outcome {
  if (error === undefined) return 'ok'
  if (error instanceof BusinessError) return 'business'
  if (!DatabaseError.is(error)) throw error
  switch (error.code) {
    case 'SESSION_STATE':
    case 'PENDING_ROLLBACK':
      return 'refused'
    case 'USAGE_ERROR':
      return error.message.startsWith('begin()') ? 'refused' : 'usage'
    case 'CHECK_VIOLATION':
      return 'server'
    case 'DISCONNECTED':
      return 'lost'
    case 'COMMIT_ROLLED_BACK':
      return 'rolled back'
    default:
      throw error
  }
}

async function rowsOf(): Promise<[number, number][]> {
  const rows = await cloned.query<{ id: number; balance: number }>(
    `select id, balance from account where id <= ${KEYS} order by id`,
  )
  return rows.map(({ id, balance }) => [id, balance])
}

describe('Session against an abstract machine', () => {
  it.each(seeds(20_261_120).map((seed) => [seed]))(
    `does what the machine says in ${RUNS} programs of up to ${COMMANDS} commands, seed %i`,
    async (seed) => {
      const { proxy } = await openThroughProxy(cloned.url)
      const program = fc.array(commandArbitrary, { minLength: 1, maxLength: COMMANDS, size: 'max' })
      const property = fc.asyncProperty(program, async (commands) => {
        // A database for each run, so that one that fails can't spoil the next and shrinking finds its way.
        const database = new AsyncDatabase<TestTables>({
          url: proxy.urlFor(cloned.url),
          pool: { size: 1, maxOverflow: 0 },
        })
        const comparison = new Comparison(database, proxy, new Map(await rowsOf()))
        try {
          await soon(comparison.run(commands).then(() => comparison.finish()))
        } finally {
          await database.close({ graceMillis: 0 })
        }
      })
      await fc.assert(property, { numRuns: RUNS, seed, endOnFailure: !shrinks })
    },
    TIMEOUT_MILLIS,
  )
})
