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
export type SessionOperation = 'statement' | 'begin' | 'beginNested' | 'commit' | 'rollback' | 'close'

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

/**
 * Every operation in every state. Whatever a session does, it first looks here.
 *
 * @internal
 */
export const SESSION_VERDICTS: Readonly<Record<SessionOperation, Row>> = Object.freeze({
  statement: { idle: 'run', acquiring: 'run', active: 'run', aborted: 'refuse', ...REFUSED_AT_THE_END },
  begin: { idle: 'run', acquiring: 'refuse', active: 'refuse', aborted: 'refuse', ...REFUSED_AT_THE_END },
  beginNested: { idle: 'run', acquiring: 'run', active: 'run', aborted: 'refuse', ...REFUSED_AT_THE_END },
  commit: { idle: 'nothing', acquiring: 'run', active: 'run', aborted: 'run', ...REFUSED_AT_THE_END },
  rollback: {
    idle: 'nothing',
    acquiring: 'run',
    active: 'run',
    aborted: 'run',
    committing: 'join',
    'rolling back': 'join',
    invalid: 'run',
    closed: 'nothing',
  },
  close: {
    idle: 'run',
    acquiring: 'run',
    active: 'run',
    aborted: 'run',
    committing: 'wait',
    'rolling back': 'wait',
    invalid: 'run',
    closed: 'nothing',
  },
})
