import { sql } from 'kysely'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { CommitUnknownError } from '../../../src/errors/transaction-error.js'
import type { Session } from '../../../src/session/session.js'
import type { Entrant, EntrantOptions, LoanFigures, Verdict } from './entrant.js'
import type { Transfer } from './transfer.js'

interface BankTables {
  bank_account: { id: number; balance: number }
  bank_ledger: { operation: number; source: number; target: number; amount: number }
}

type BankSession = Session<BankTables>

/** The package under test, in the styles that its users write. */
export class SessionEntrant implements Entrant {
  readonly #database: AsyncDatabase<BankTables>
  readonly #options: EntrantOptions

  constructor(options: EntrantOptions) {
    this.#options = options
    this.#database = new AsyncDatabase<BankTables>({
      url: options.url,
      applicationName: options.applicationName,
      pool: { size: options.connections, maxOverflow: 0, acquireTimeoutMillis: options.deadlineMillis },
      session: {
        statementTimeoutMillis: options.deadlineMillis,
        idleInTransactionTimeoutMillis: options.idleInTransactionMillis,
      },
    })
  }

  async transfer(transfer: Transfer, signal: AbortSignal | undefined): Promise<void> {
    const database = this.#database
    const options = { signal, deadlineMillis: this.#options.deadlineMillis }
    switch (transfer.style) {
      case 'begin':
      case 'together':
      case 'nested':
        return await database.begin((session) => move(session, transfer), options)
      case 'retried':
        return await database.begin((session) => move(session, transfer), {
          ...options,
          retry: { attempts: 3 },
        })
      case 'session': {
        await using session = database.session(options)
        await move(session, transfer)
        return await session.commit()
      }
      case 'scoped': {
        await using session = database.session(options)
        return await database.scoped.run(async () => {
          await move(database.scoped.current(), transfer)
          await database.scoped.current().commit()
        }, session)
      }
    }
  }

  verdictOf(error: unknown): Verdict {
    if (!CommitUnknownError.is(error)) return 'definite'
    const { outcome } = error
    return outcome === 'unknown' ? 'unknown' : `resolved to ${outcome}`
  }

  figures(): LoanFigures {
    const { acquired, released, destroyed, inUse, idle, pending } = this.#database.engine.stats()
    return { acquired, released, destroyed, open: inUse + idle + pending }
  }

  async close(): Promise<void> {
    await this.#database.close({ graceMillis: 1_000 })
  }
}

async function move(session: BankSession, transfer: Transfer): Promise<void> {
  const { operation, source, target, amount, style, swallows } = transfer
  const add = (id: number, change: number): Promise<unknown> =>
    session
      .updateTable('bank_account')
      .set({ balance: sql`balance + ${change}` })
      .where('id', '=', id)
      .execute()
  const note = (): Promise<unknown> =>
    session.insertInto('bank_ledger').values({ operation, source, target, amount }).execute()

  const both = [source, target]
  await session
    .selectFrom('bank_account')
    .select('id')
    .where('id', 'in', both)
    .orderBy('id')
    .forUpdate()
    .execute()
  if (style === 'together') {
    const failing = swallows === 'in the middle' ? swallow(session) : undefined
    await Promise.all([add(source, -amount), failing, add(target, amount), note()])
  } else {
    await add(source, -amount)
    if (swallows === 'in the middle') await swallow(session)
    if (style === 'nested') {
      await session.beginNested(async () => {
        await add(target, amount)
        await note()
      })
    } else {
      await add(target, amount)
      await note()
    }
  }
  if (swallows === 'at the end') await swallow(session)
}

/** The author means well: this one does not matter. */
async function swallow(session: BankSession): Promise<void> {
  await sql`select 1 / 0`.execute(session).catch(() => undefined)
}
