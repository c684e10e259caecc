import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import type { Lease } from '../../../src/engine/lease.js'
import { DisconnectedError } from '../../../src/errors/operational-error.js'
import { statement } from '../../../src/postgres/statement.js'
import type { Loan, PoolSubject } from './pool-subject.js'
import type { ScriptedServer } from './scripted-server.js'

const SIZE = 2
const OVERFLOW = 1

/** The engine's pool, over scripted sockets. */
export class EngineSubject implements PoolSubject {
  readonly max = SIZE + OVERFLOW
  readonly acquireMillis = 2_000
  readonly maxWaiters = 3
  readonly #engine: Engine

  constructor(server: ScriptedServer) {
    const { acquireMillis, maxWaiters } = this
    this.#engine = new Engine(
      resolveOptions({
        host: 'localhost',
        user: 'scripted',
        pool: { size: SIZE, maxOverflow: OVERFLOW, maxWaiters, acquireTimeoutMillis: acquireMillis },
      }),
      server.stream,
    )
  }

  async acquire(signal: AbortSignal): Promise<Loan> {
    return new EngineLoan(await this.#engine.acquire(undefined, signal))
  }

  async end(graceMillis: number): Promise<void> {
    await this.#engine.dispose({ graceMillis })
  }

  figures(): ReturnType<PoolSubject['figures']> {
    const { inUse, idle, pending, waiting, acquired, released } = this.#engine.stats()
    return { inUse, idle, pending, waiting, unreturned: acquired - released }
  }
}

class EngineLoan implements Loan {
  readonly connection: number | null
  readonly #lease: Lease

  constructor(lease: Lease) {
    this.#lease = lease
    this.connection = lease.processId
  }

  get status(): string {
    return this.#lease.status
  }

  release(): void {
    this.#lease.release()
  }

  destroy(): void {
    this.#lease.destroy(new DisconnectedError({ message: 'The model gives it up' }))
  }

  async send(text: string): Promise<'done' | 'failed' | 'lost' | 'refused'> {
    return await new Promise((resolve) => {
      try {
        this.#lease.send([statement(text, [])], ({ error, isLost }) => {
          if (error === undefined) resolve('done')
          else resolve(isLost ? 'lost' : 'failed')
        })
      } catch {
        resolve('refused')
      }
    })
  }
}
