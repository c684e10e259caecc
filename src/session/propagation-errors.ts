import { ConfigurationError, SessionStateError, UsageError } from '../errors/usage-error.js'
import type { SessionState } from './session-state.js'
import type { Propagation } from './transactional-options.js'

/** `mandatory` without a transaction, `never` inside one. */
export function propagationRefused(propagation: Propagation, state: SessionState): SessionStateError {
  const isInside = propagation === 'never'
  return new SessionStateError({
    message: `transactional() with propagation '${propagation}' was refused: ${isInside ? 'a transaction has begun' : 'no transaction has begun'}`,
    hint: isInside
      ? "End the transaction first, or use propagation 'notSupported' to run beside it."
      : "Call it inside transactional() or database.begin(), or use propagation 'required'.",
    state,
    attempted: 'transactional',
  })
}

/** Work that joins asks for what the transaction around it is not. */
export function incompatible(key: string, asked: unknown, outer: unknown): UsageError {
  const has =
    outer === undefined
      ? "was begun without one (the server's default holds)"
      : `has ${JSON.stringify(outer)}`
  return new UsageError({
    message: `transactional() asks for ${key} ${JSON.stringify(asked)}, and the transaction around it ${has}`,
    hint: "Leave the option out, give it to the outermost transactional() or begin(), or use propagation 'requiresNew'.",
    context: { option: key },
  })
}

/** Without a transaction nothing can have an isolation level. */
export function nothingToSet(): UsageError {
  return new UsageError({
    message: 'transactional() was given isolationLevel or deferrable and runs without a transaction',
    hint: 'Only readOnly means something there: every statement is its own transaction.',
  })
}

/** `deferrable` is about the snapshot of a transaction. */
export function deferrableWithout(): ConfigurationError {
  return new ConfigurationError({
    message: "deferrable was given together with isolationLevel 'autocommit'",
    hint: 'Leave it out: a statement that is its own transaction has no snapshot to wait for.',
  })
}

/** One transaction was asked to be none. */
export function autocommitIsForSessions(): ConfigurationError {
  return new ConfigurationError({
    message: "begin() was given isolationLevel 'autocommit'",
    hint: "Open another session: database.session({ isolationLevel: 'autocommit' }).",
  })
}

/** A session that was opened for reading was asked to write. */
export function isForReading(): ConfigurationError {
  return new ConfigurationError({
    message: 'readOnly: false was given to a session that was opened by readSession()',
    hint: 'Open a session with database.session() to write.',
  })
}

/** What needs a transaction was asked of an autocommit session. */
export function needsTransaction(what: string): UsageError {
  return new UsageError({
    message: `${what} was refused: in an autocommit session every statement is its own transaction`,
    hint: 'Use session.transactional(), which begins one beside it, or a session without autocommit.',
  })
}
