import type { Findings } from './audit.js'
import type { OperationLog } from './operation-log.js'

/** The first of each kind tell enough; a naive helper has hundreds. */
const OF_EACH = 5

/** What the callers saw. */
interface Witness {
  readonly log: OperationLog
  readonly hangs: readonly number[]
  readonly uncaught: readonly string[]
}

/** The operations behind each violation: what they were, what their callers were told, and what the database has. */
export function suspects(findings: Findings, { log, hangs, uncaught }: Witness): readonly string[] {
  const { ledger } = findings
  /** An id that a crashed server has given again belongs to somebody else by now. */
  const writersOf = (xid: string | undefined): readonly number[] =>
    xid === undefined ? [] : [...ledger].filter(([, { xids }]) => xids.includes(xid)).map(([one]) => one)

  const kinds = Object.entries({ ...findings.operations, hangs })
  const operations = kinds.flatMap(([kind, all]) => {
    const some = all.slice(0, OF_EACH)
    return log.describe(some).map((line, index) => {
      const operation = some[index]!
      const written = ledger.get(operation)
      const has =
        written === undefined
          ? 'not in the ledger'
          : `in the ledger ${written.times} time(s), written by ${written.xids.join(', ')}`
      const xid = log.xidOf(operation)
      const others = writersOf(xid).filter((other) => other !== operation)
      const other =
        others.length === 0 ? '' : `; the rows of ${xid} in the ledger are of operation ${others.join(', ')}`
      return `${kind}: ${line}; ${has}${other}`
    })
  })
  return [
    ...operations,
    ...findings.accounts.slice(0, OF_EACH),
    ...uncaught.slice(0, OF_EACH).map((stack) => `uncaught: ${stack.replace(/\s*\n\s*/g, ' ')}`),
  ]
}
