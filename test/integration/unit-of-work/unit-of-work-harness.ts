import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { createStatements } from '../../../src/ddl/create-statements.js'
import { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import type { Metadata } from '../../../src/metadata/metadata.js'
import { statement, type Statement } from '../../../src/postgres/statement.js'
import type { StatementResult } from '../../../src/postgres/statement-result.js'
import { Mapper } from '../../../src/unit-of-work/mapper.js'
import type { StatementRunner } from '../../../src/unit-of-work/statement-runner.js'
import type { ClonedDatabase } from '../../support/clone-database.js'
import { UnitOfWork, type UnitOfWorkOptions } from '../../../src/unit-of-work/unit-of-work.js'
import { via } from '../../support/via.js'

interface Waiting {
  readonly statement: Statement
  readonly resolve: (result: StatementResult) => void
  readonly reject: (error: unknown) => void
}

/**
 * The least that a unit of work needs of a session: a transaction on one connection that begins at the first
 * statement, where statements of one tick leave together.
 */
export class TestSession implements StatementRunner {
  readonly objects: UnitOfWork
  /** Texts of the statements sent, without those that begin and end transactions. */
  readonly sent: string[] = []
  /** How many writes those took. */
  roundTrips = 0
  readonly #engine: Engine
  #lease: Lease | undefined
  #waiting: Waiting[] = []
  #isFlying = false
  #savepoints = 0

  constructor(engine: Engine, mapper: Mapper, options: Partial<UnitOfWorkOptions> = {}) {
    this.#engine = engine
    this.objects = new UnitOfWork({ mapper, runner: this, ...options })
  }

  execute(next: Statement): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ statement: next, resolve, reject })
      queueMicrotask(() => void this.#fly())
    })
  }

  /** Runs SQL in the session's transaction, behind the back of the unit of work. */
  async query<Row = Record<string, unknown>>(text: string, ...values: readonly unknown[]): Promise<Row[]> {
    const result = await this.execute(statement(text, values))
    return result.rows as Row[]
  }

  async commit(): Promise<void> {
    await this.objects.flush()
    try {
      await this.#end('commit')
    } catch (error) {
      this.objects.afterRollback()
      throw error
    }
    this.objects.afterCommit()
  }

  async rollback(): Promise<void> {
    await this.#end('rollback')
    this.objects.afterRollback()
  }

  async nested<Result>(work: () => Promise<Result>): Promise<Result> {
    const name = `sp_${String(++this.#savepoints)}`
    await this.query(`savepoint ${name}`)
    const mark = this.objects.beginSavepoint()
    try {
      const result = await work()
      await this.objects.flush()
      await this.query(`release savepoint ${name}`)
      mark.release()
      return result
    } catch (error) {
      await this.query(`rollback to savepoint ${name}`)
      mark.rollback()
      throw error
    }
  }

  async #end(command: string): Promise<void> {
    if (this.#lease === undefined) return
    try {
      await this.query(command)
    } finally {
      this.#lease.release()
      this.#lease = undefined
    }
  }

  async #fly(): Promise<void> {
    if (this.#isFlying || this.#waiting.length === 0) return
    this.#isFlying = true
    let flight: Waiting[] = []
    if (this.#lease === undefined) {
      this.#lease = await this.#engine.acquire()
      await this.#send([statement('begin', [])])
    }
    flight = this.#waiting.splice(0)
    const texts = flight.map((each) => each.statement.text)
    const own = texts.filter((text) => !/^(commit|rollback|savepoint|release)/.test(text))
    this.sent.push(...own)
    if (own.length > 0) this.roundTrips++
    const group = await this.#send(flight.map((each) => each.statement))
    this.#isFlying = false
    for (const [index, each] of flight.entries()) {
      const outcome = group.outcomes[index]
      if (outcome === undefined) each.reject(group.error)
      else if ('command' in outcome) each.resolve(outcome)
      else each.reject(outcome)
    }
    await this.#fly()
  }

  #send(statements: readonly Statement[]): Promise<Parameters<Parameters<Lease['send']>[1]>[0]> {
    return new Promise((resolve) => {
      this.#lease?.send(statements, resolve)
    })
  }
}

/**
 * Makes the tables of a metadata in the test file's database and empties them before each test.
 *
 * @returns Opens a session for the running test; what it leaves open is rolled back at the test's end.
 */
export function testSessions(
  database: ClonedDatabase,
  metadata: Metadata,
): (options?: Partial<UnitOfWorkOptions>) => TestSession {
  const mapper = new Mapper(metadata)
  const opened: TestSession[] = []
  let engine: Engine | undefined
  beforeAll(async () => {
    for (const { sql } of createStatements(metadata)) await database.query(sql)
    engine = new Engine(resolveOptions({ ...via(database.url), pool: { size: 3, maxOverflow: 0 } }))
  })
  beforeEach(async () => {
    const names = metadata.description.tables.map(({ name }) => JSON.stringify(name))
    await database.query(`truncate ${names.join(', ')} restart identity cascade`)
  })
  // Registered after those of cloneDatabase, so run before them.
  afterEach(async () => {
    for (const session of opened.splice(0)) await session.rollback()
    expect(engine?.stats().inUse).toBe(0)
  })
  afterAll(async () => {
    await engine?.dispose({ graceMillis: 0 })
  })
  return (options) => {
    const session = new TestSession(engine as Engine, mapper, options)
    opened.push(session)
    return session
  }
}
