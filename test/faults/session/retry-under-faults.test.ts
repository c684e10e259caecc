import { describe, expect, it } from 'vitest'
import type { BeginOptions } from '../../../src/session/session-factory.js'
import { cloneDatabase } from '../../support/clone-database.js'
import type { Fault } from '../../support/fault.js'
import type { MessageMatch } from '../../support/interception.js'
import { COMMIT_ASKED, COMMIT_DONE, openThroughProxy } from '../../integration/session/open-through-proxy.js'

const cloned = cloneDatabase()

const RETRY: BeginOptions = { retry: { attempts: 3 } }
const UPDATE_ASKED = { direction: 'toServer', name: 'Execute', text: /^update/i } as const

// I-RETRY: only what provably was not applied is run again. A second run of the others would pay twice.
const CASES: readonly [what: string, match: MessageMatch, fault: Fault, runs: number, paid: number][] = [
  ['not when the connection is lost under a statement', UPDATE_ASKED, 'reset', 1, 0],
  ['not when the answer to COMMIT is lost', COMMIT_DONE, 'reset', 1, 1],
  ['when COMMIT is lost on its way and the server says so', COMMIT_ASKED, 'reset', 2, 1],
]

describe('database.begin with retry', () => {
  it.each(CASES)('runs the work again: %s', async (_, match, fault, runs, paid) => {
    await cloned.query('update account set balance = 1000 where id = 1')
    const { database, proxy } = await openThroughProxy(cloned.url)
    proxy.intercept(match, fault)
    let count = 0
    await database
      .begin(async (session) => {
        count++
        await session
          .updateTable('account')
          .set((row) => ({ balance: row('balance', '-', 1) }))
          .where('id', '=', 1)
          .execute()
      }, RETRY)
      .catch(() => undefined)
    const [account] = await cloned.query<{ balance: number }>('select balance from account where id = 1')
    expect({ count, paid: 1_000 - (account?.balance ?? 0) }).toEqual({ count: runs, paid })
  })
})
