/**
 * Where a session stands.
 *
 * `idle`: no connection. `acquiring`: in line for one. `active`: in a transaction. `aborted`: in a transaction of
 * which a statement failed. `committing`, `rolling back`: the end is under way. `invalid`: its connection was lost
 * or is in doubt; `rollback()` makes it idle. `closed`: final.
 */
export type SessionState =
  'idle' | 'acquiring' | 'active' | 'aborted' | 'committing' | 'rolling back' | 'invalid' | 'closed'

/** What can be asked of a session. */
export type SessionOperation =
  | 'statement'
  | 'begin'
  | 'beginNested'
  | 'transactional'
  | 'commit'
  | 'rollback'
  | 'reset'
  | 'invalidate'
  | 'close'

/**
 * What a session in a given state does with a request: `run` it; do `nothing`, for there is nothing to do; `join`
 * the same operation that is under way; `wait` for the end that is under way, then run; `refuse`.
 */
export type SessionVerdict = 'run' | 'nothing' | 'join' | 'wait' | 'refuse'

type Row = Readonly<Record<SessionState, SessionVerdict>>

const REFUSED_AT_THE_END = {
  committing: 'refuse',
  'rolling back': 'refuse',
  invalid: 'refuse',
  closed: 'refuse',
} as const

const RUN_BEFORE_THE_END = { idle: 'run', acquiring: 'run', active: 'run', aborted: 'run' } as const

/**
 * Every operation in every state. Whatever a session does, it first looks here.
 *
 * `transactional` is the row of the modes that join or begin; those that run beside the transaction in a session of
 * their own are refused by a closed session only.
 *
 * @internal
 */
export const SESSION_VERDICTS: Readonly<Record<SessionOperation, Row>> = Object.freeze({
  statement: { idle: 'run', acquiring: 'run', active: 'run', aborted: 'refuse', ...REFUSED_AT_THE_END },
  begin: { idle: 'run', acquiring: 'refuse', active: 'refuse', aborted: 'refuse', ...REFUSED_AT_THE_END },
  beginNested: { idle: 'run', acquiring: 'run', active: 'run', aborted: 'refuse', ...REFUSED_AT_THE_END },
  transactional: { idle: 'run', acquiring: 'run', active: 'run', aborted: 'refuse', ...REFUSED_AT_THE_END },
  commit: { idle: 'nothing', acquiring: 'run', active: 'run', aborted: 'run', ...REFUSED_AT_THE_END },
  rollback: {
    ...RUN_BEFORE_THE_END,
    idle: 'nothing',
    committing: 'join',
    'rolling back': 'join',
    invalid: 'run',
    closed: 'nothing',
  },
  reset: {
    ...RUN_BEFORE_THE_END,
    committing: 'wait',
    'rolling back': 'wait',
    invalid: 'run',
    closed: 'refuse',
  },
  // Never under COMMIT: what it did could not be known any more (I-NOCANCEL-COMMIT).
  invalidate: {
    ...RUN_BEFORE_THE_END,
    idle: 'nothing',
    committing: 'refuse',
    'rolling back': 'refuse',
    invalid: 'nothing',
    closed: 'nothing',
  },
  close: {
    ...RUN_BEFORE_THE_END,
    committing: 'wait',
    'rolling back': 'wait',
    invalid: 'run',
    closed: 'nothing',
  },
})
