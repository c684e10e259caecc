import pg from 'pg'
import type { Entrant, EntrantOptions, Verdict } from './entrant.js'
import type { Transfer } from './transfer.js'

/**
 * The helper that is in every second code base: BEGIN, work, COMMIT, ROLLBACK in the catch. It shows what the soak
 * finds where something can be found; a soak that finds nothing in it proves nothing.
 */
export class NaiveEntrant implements Entrant {
  readonly #pool: pg.Pool

  constructor(options: EntrantOptions) {
    this.#pool = new pg.Pool({
      connectionString: options.url,
      application_name: options.applicationName,
      max: options.connections,
      connectionTimeoutMillis: options.deadlineMillis,
      query_timeout: options.deadlineMillis / 2,
      statement_timeout: options.deadlineMillis,
      idle_in_transaction_session_timeout: options.idleInTransactionMillis,
    })
    this.#pool.on('error', () => undefined)
    // Without it the first kill would end the process, and with it the measurement.
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  async transfer(transfer: Transfer, signal: AbortSignal | undefined): Promise<void> {
    await this.#transaction(async (client) => {
      await orAborted(move(client, transfer), signal)
    })
  }

  verdictOf(): Verdict {
    return 'definite'
  }

  figures(): undefined {
    return undefined
  }

  async close(): Promise<void> {
    // It waits for ever where a client was never given back.
    await Promise.race([this.#pool.end(), new Promise((resolve) => setTimeout(resolve, 2_000).unref())])
  }

  async #transaction(work: (client: pg.PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect()
    try {
      await client.query('BEGIN')
      await work(client)
      await client.query('COMMIT')
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined)
      throw error
    } finally {
      client.release()
    }
  }
}

async function move(client: pg.PoolClient, transfer: Transfer): Promise<void> {
  const { operation, source, target, amount, swallows } = transfer
  const add = 'update bank_account set balance = balance + $2 where id = $1'
  await client.query('select id from bank_account where id in ($1, $2) order by id for update', [
    source,
    target,
  ])
  await client.query(add, [source, -amount])
  if (swallows === 'in the middle') await client.query('select 1 / 0').catch(() => undefined)
  await client.query(add, [target, amount])
  await client.query('insert into bank_ledger (operation, source, target, amount) values ($1, $2, $3, $4)', [
    operation,
    source,
    target,
    amount,
  ])
  if (swallows === 'at the end') await client.query('select 1 / 0').catch(() => undefined)
}

/** What applications do to a promise that can't be cancelled: they stop looking at it, and it goes on. */
async function orAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await work
  work.catch(() => undefined)
  signal.throwIfAborted()
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', onAbort))
}
