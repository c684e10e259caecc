import Pool from 'pg-pool'
import type pg from 'pg'
import type { Loan, PoolSubject } from './pool-subject.js'
import type { ScriptedServer } from './scripted-server.js'

/** Plain pg-pool: the model must find in it what is known to be wrong with it (E3d2, E4f). */
export class PgPoolSubject implements PoolSubject {
  readonly max = 1
  readonly acquireMillis = Number.POSITIVE_INFINITY
  readonly maxWaiters = Number.POSITIVE_INFINITY
  readonly #pool: Pool<pg.Client>
  #lent = 0

  constructor(server: ScriptedServer) {
    this.#pool = new Pool({
      max: this.max,
      user: 'scripted',
      password: 'none',
      connectionTimeoutMillis: 2_000,
      stream: server.stream,
    })
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  async acquire(): Promise<Loan> {
    const client = await this.#pool.connect().catch((cause: unknown) => {
      // Its words are its own; that it answers at all is what counts here.
      throw Object.assign(new Error('pg-pool refuses'), { code: 'CONNECTION_FAILED', cause })
    })
    this.#lent++
    let isOver = false
    const end = (isBroken: boolean): void => {
      if (isOver) return
      isOver = true
      this.#lent--
      client.release(isBroken)
    }
    return {
      connection: (client as unknown as { processID: number }).processID,
      status: 'I',
      release: () => end(false),
      destroy: () => end(true),
      send: async (text) =>
        isOver
          ? 'refused'
          : await client.query(text).then(
              () => 'done' as const,
              () => 'failed' as const,
            ),
    }
  }

  async end(): Promise<void> {
    await this.#pool.end()
  }

  figures(): ReturnType<PoolSubject['figures']> {
    const { totalCount, idleCount, waitingCount } = this.#pool
    const inUse = this.#lent
    return {
      inUse,
      idle: idleCount,
      pending: Math.max(0, totalCount - idleCount - inUse),
      waiting: waitingCount,
      unreturned: inUse,
    }
  }
}
