import type { SessionLife } from './session-life.js'
import type { SessionPlan } from './session-plan.js'
import { incompatible, nothingToSet, propagationRefused } from './propagation-errors.js'
import { COURSES, resolveTransactional, type TransactionalOptions } from './transactional-options.js'
import type { TransactionOptions } from './transaction-options.js'

/** A session as {@link propagate} needs it. */
export interface PropagatingSession {
  beginNested<Result>(work: () => Promise<Result>): Promise<Result>
  transactional<Result>(
    work: (session: this) => Promise<Result>,
    options?: TransactionalOptions,
  ): Promise<Result>
  close(): Promise<void>
}

/** What {@link propagate} works on. */
export interface PropagationParts<S extends PropagatingSession> {
  readonly session: S
  readonly life: SessionLife
  /** Another session. */
  readonly beside: (plan: SessionPlan) => S
}

/**
 * Runs work by the rule of its propagation (DESIGN §5.3).
 *
 * @internal
 */
export async function propagate<S extends PropagatingSession, Result>(
  { session, life, beside }: PropagationParts<S>,
  work: (session: S) => Promise<Result>,
  options: TransactionalOptions | undefined,
): Promise<Result> {
  const { propagation, transaction } = resolveTransactional(options)
  const { inTransaction, plan } = life
  const course = COURSES[propagation][inTransaction ? 'inside' : 'outside']
  // Beside a transaction that has failed another one may well be wanted: to write down that it has.
  const needsThisOne = course !== 'beside' && course !== 'without'
  if (needsThisOne || life.state === 'closed') life.parts.conversation.verdict('transactional')
  switch (course) {
    case 'join':
      assertCompatible(life, transaction)
      return await life.participants.run(() => work(session))
    case 'savepoint':
      assertCompatible(life, transaction)
      return await session.beginNested(() => work(session))
    case 'begin':
      // An autocommit session can't begin one, and holds no connection that would be missing.
      if (!plan.isAutocommit) return await beginAndRun(session, life, work, transaction)
      return await runBeside(beside(plan.withTransactions), work, options)
    case 'beside':
      return await runBeside(beside(plan), work, options)
    case 'without':
      return await runWithout({ session, life, beside }, work, transaction)
    case 'refuse':
      throw propagationRefused(propagation, life.state)
  }
}

async function beginAndRun<S extends PropagatingSession, Result>(
  session: S,
  life: SessionLife,
  work: (session: S) => Promise<Result>,
  options: TransactionOptions,
): Promise<Result> {
  life.begin(options)
  const { participants } = life
  const { ends } = life
  try {
    const result = await participants.run(() => work(session))
    // Others that were started beside it have joined: what they do belongs to the same transaction.
    await participants.settled()
    await life.commit()
    return result
  } catch (error) {
    // What has ended already is not this transaction any more.
    if (life.ends === ends || life.state === 'invalid') await life.rollback()
    throw error
  }
}

async function runBeside<S extends PropagatingSession, Result>(
  other: S,
  work: (session: S) => Promise<Result>,
  options: TransactionalOptions | undefined,
): Promise<Result> {
  try {
    return await other.transactional(work, { ...options, propagation: 'required' })
  } finally {
    await other.close()
  }
}

async function runWithout<S extends PropagatingSession, Result>(
  { session, life, beside }: PropagationParts<S>,
  work: (session: S) => Promise<Result>,
  { isolationLevel, readOnly, deferrable }: TransactionOptions,
): Promise<Result> {
  if (isolationLevel !== undefined || deferrable !== undefined) throw nothingToSet()
  if (life.plan.isAutocommit && readOnly === undefined) return await work(session)
  const other = beside(life.plan.with({ readOnly }).withoutTransactions)
  try {
    return await work(other)
  } finally {
    await other.close()
  }
}

/** Joining, or inside a savepoint, the transaction stays what it is. */
function assertCompatible(life: SessionLife, asked: TransactionOptions): void {
  const { isolationLevel, readOnly = false, deferrable = false } = life.current.options
  const outer = { isolationLevel, readOnly, deferrable }
  for (const key of ['isolationLevel', 'readOnly', 'deferrable'] as const) {
    if (asked[key] !== undefined && asked[key] !== outer[key]) throw incompatible(key, asked[key], outer[key])
  }
}
