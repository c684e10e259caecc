import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { CommitRolledBackError } from '../../../src/errors/transaction-error.js'
import {
  PendingRollbackError,
  SessionClosedError,
  SessionStateError,
} from '../../../src/errors/usage-error.js'
import {
  SESSION_VERDICTS,
  type SessionOperation,
  type SessionState,
} from '../../../src/session/session-state.js'
import type { Session } from '../../../src/session/session.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { failureOf } from './failure-of.js'
import type { TestTables } from './open-database.js'
import {
  COMMIT_ASKED,
  COMMIT_DONE,
  openThroughProxy,
  PLAIN_BEGIN,
  ROLLBACK_ASKED,
  textsOf,
  type ProxiedDatabase,
} from './open-through-proxy.js'

const cloned = cloneDatabase()

type State = SessionState
type Operation = SessionOperation

/** What the design expects: how the call ends, where the session stands then, and what it has sent because of it. */
interface Expected {
  readonly error?: new (init: never) => Error
  /** The error's cause is the failure that brought the session into this state. */
  readonly causeIsFirstError?: true
  readonly message?: RegExp
  readonly state: State
  readonly sent: readonly string[]
}

const S = 'select 42 as answer'
const NESTED = ['savepoint', S, 'release savepoint']
const refused = (state: State, message?: RegExp): Expected => ({
  error: SessionStateError,
  ...(message && { message }),
  state,
  sent: [],
})
const refusedAborted: Expected = {
  error: PendingRollbackError,
  causeIsFirstError: true,
  state: 'aborted',
  sent: [],
}
/** Waiting for `select 1`, the session begins and sends that, whatever follows. */
const WAITED = [...PLAIN_BEGIN, 'select 1']

/** DESIGN §5.1, by hand. What an end that was under way sends is counted too: `commit`, `rollback`. */
const TABLE: Readonly<Record<Operation, Readonly<Record<State, Expected>>>> = {
  statement: {
    idle: { state: 'active', sent: [...PLAIN_BEGIN, S] },
    acquiring: { state: 'active', sent: [...WAITED, S] },
    active: { state: 'active', sent: [S] },
    aborted: refusedAborted,
    committing: { ...refused('idle', /committing/), sent: ['commit'] },
    'rolling back': { ...refused('idle', /rolling back/), sent: ['rollback'] },
    invalid: refused('invalid'),
    closed: { error: SessionClosedError, message: /state-table\.test\.ts:\d+/, state: 'closed', sent: [] },
  },
  begin: {
    idle: { state: 'idle', sent: [] },
    acquiring: { ...refused('active', /begun already/), sent: WAITED },
    active: refused('active', /begun already/),
    aborted: refusedAborted,
    committing: { ...refused('idle', /committing/), sent: ['commit'] },
    'rolling back': { ...refused('idle', /rolling back/), sent: ['rollback'] },
    invalid: refused('invalid'),
    closed: { error: SessionClosedError, state: 'closed', sent: [] },
  },
  beginNested: {
    idle: { state: 'active', sent: [...PLAIN_BEGIN, ...NESTED] },
    acquiring: { state: 'active', sent: [...WAITED, ...NESTED] },
    active: { state: 'active', sent: NESTED },
    aborted: refusedAborted,
    committing: { ...refused('idle', /committing/), sent: ['commit'] },
    'rolling back': { ...refused('idle', /rolling back/), sent: ['rollback'] },
    invalid: refused('invalid'),
    closed: { error: SessionClosedError, state: 'closed', sent: [] },
  },
  transactional: {
    idle: { state: 'idle', sent: [...PLAIN_BEGIN, S, 'commit'] },
    acquiring: { state: 'active', sent: [...WAITED, S] },
    active: { state: 'active', sent: [S] },
    aborted: refusedAborted,
    committing: { ...refused('idle', /committing, commit\(\) is in progress/), sent: ['commit'] },
    'rolling back': { ...refused('idle', /rolling back, rollback\(\) is in progress/), sent: ['rollback'] },
    invalid: refused('invalid'),
    closed: { error: SessionClosedError, state: 'closed', sent: [] },
  },
  commit: {
    idle: { state: 'idle', sent: [] },
    acquiring: { state: 'idle', sent: [...WAITED, 'commit'] },
    active: { state: 'idle', sent: ['commit'] },
    aborted: { error: CommitRolledBackError, causeIsFirstError: true, state: 'idle', sent: ['rollback'] },
    committing: { ...refused('idle', /committing/), sent: ['commit'] },
    'rolling back': { ...refused('idle', /rolling back/), sent: ['rollback'] },
    invalid: refused('invalid'),
    closed: { error: SessionClosedError, state: 'closed', sent: [] },
  },
  rollback: {
    idle: { state: 'idle', sent: [] },
    acquiring: { state: 'idle', sent: [] },
    active: { state: 'idle', sent: ['rollback'] },
    aborted: { state: 'idle', sent: ['rollback'] },
    committing: { state: 'idle', sent: ['commit'] },
    'rolling back': { state: 'idle', sent: ['rollback'] },
    invalid: { state: 'idle', sent: [] },
    closed: { state: 'closed', sent: [] },
  },
  reset: {
    idle: { state: 'idle', sent: [] },
    acquiring: { state: 'idle', sent: [] },
    active: { state: 'idle', sent: ['rollback'] },
    aborted: { state: 'idle', sent: ['rollback'] },
    committing: { state: 'idle', sent: ['commit'] },
    'rolling back': { state: 'idle', sent: ['rollback'] },
    invalid: { state: 'idle', sent: [] },
    closed: { error: SessionClosedError, message: /state-table\.test\.ts:\d+/, state: 'closed', sent: [] },
  },
  invalidate: {
    idle: { state: 'idle', sent: [] },
    acquiring: { state: 'invalid', sent: [] },
    active: { state: 'invalid', sent: [] },
    aborted: { state: 'invalid', sent: [] },
    committing: { ...refused('idle', /commit\(\) is in progress/), sent: ['commit'] },
    'rolling back': { ...refused('idle', /rollback\(\) is in progress/), sent: ['rollback'] },
    invalid: { state: 'invalid', sent: [] },
    closed: { state: 'closed', sent: [] },
  },
  close: {
    idle: { state: 'closed', sent: [] },
    acquiring: { state: 'closed', sent: [] },
    active: { state: 'closed', sent: ['rollback'] },
    aborted: { state: 'closed', sent: ['rollback'] },
    committing: { state: 'closed', sent: ['commit'] },
    'rolling back': { state: 'closed', sent: ['rollback'] },
    invalid: { state: 'closed', sent: [] },
    closed: { state: 'closed', sent: [] },
  },
}

/** A session that stands in a state until `proceed`, and then goes on to `settled`. */
interface Standing {
  readonly session: Session<TestTables>
  readonly firstError?: unknown
  /** Lets what was held go on. */
  proceed(): Promise<void>
  /** The work that brought the session into this state; never rejects. */
  readonly settled: Promise<unknown>
}

const nothing = async () => undefined

/** Brings a real session into each state. */
const BRING: Readonly<Record<State, (opened: ProxiedDatabase) => Promise<Standing>>> = {
  idle: async ({ database }) => ({ session: database.session(), proceed: nothing, settled: nothing() }),
  acquiring: async ({ database }) => {
    const holder = database.session()
    await sql`select 'holder'`.execute(holder)
    const session = database.session()
    const settled = sql`select 1`.execute(session).catch(() => undefined)
    return { session, proceed: () => holder.commit(), settled }
  },
  active: async ({ database }) => {
    const session = await begun(database.session())
    return { session, proceed: nothing, settled: nothing() }
  },
  aborted: async ({ database }) => {
    const session = await begun(database.session())
    const firstError = await failureOf(sql`select 1/0`.execute(session))
    return { session, firstError, proceed: nothing, settled: nothing() }
  },
  committing: async (opened) => await ending(opened, 'commit'),
  'rolling back': async (opened) => await ending(opened, 'rollback'),
  invalid: async ({ database, proxy }) => {
    const session = await begun(database.session())
    proxy.intercept(COMMIT_DONE, 'reset')
    await failureOf(session.commit())
    return { session, proceed: nothing, settled: nothing() }
  },
  closed: async ({ database }) => {
    const session = await begun(database.session())
    await session.close()
    return { session, proceed: nothing, settled: nothing() }
  },
}

async function begun(session: Session<TestTables>): Promise<Session<TestTables>> {
  await sql`select 0`.execute(session)
  return session
}

async function ending({ database, proxy }: ProxiedDatabase, end: 'commit' | 'rollback'): Promise<Standing> {
  const session = await begun(database.session())
  const hold = proxy.intercept(end === 'commit' ? COMMIT_ASKED : ROLLBACK_ASKED, 'hold')
  const settled = session[end]().catch(() => undefined)
  await hold.firstHit
  const proceed = async () => {
    hold.release()
  }
  return { session, proceed, settled }
}

const PERFORM: Readonly<Record<Operation, (session: Session<TestTables>) => Promise<unknown>>> = {
  statement: (session) => sql.raw(S).execute(session),
  begin: async (session) => session.begin(),
  beginNested: (session) => session.beginNested(() => sql.raw(S).execute(session)),
  transactional: (session) => session.transactional(() => sql.raw(S).execute(session)),
  commit: (session) => session.commit(),
  rollback: (session) => session.rollback(),
  reset: (session) => session.reset(),
  invalidate: async (session) => session.invalidate(),
  close: (session) => session.close(),
}

/** From the table in the code, so that an operation or a state that is added there is tested here. */
const cases = Object.entries(SESSION_VERDICTS).flatMap(([operation, row]) =>
  Object.keys(row).map((state) => [operation as Operation, state as State] satisfies [Operation, State]),
)

describe('Session: every operation in every state', () => {
  it('covers 9 operations in 8 states', () => {
    expect(cases).toHaveLength(72)
  })

  it.each(cases)('%s refuses when %s only what the design refuses', (operation, state) => {
    const { error } = TABLE[operation][state]
    const isRefused = error !== undefined && error !== CommitRolledBackError
    expect(SESSION_VERDICTS[operation][state] === 'refuse').toBe(isRefused)
  })

  it.each(cases)('%s when %s', async (operation, state) => {
    const expected = TABLE[operation][state]
    const opened = await openThroughProxy(cloned.url, { pool: { size: 1, maxOverflow: 0 } })
    const { session, firstError, proceed, settled } = await BRING[state](opened)
    expect(session.state).toBe(state)
    const before = opened.recorder.executedSql.length

    const outcome = PERFORM[operation](session).then(
      () => undefined,
      (error: unknown) => error,
    )
    await sleep(2)
    await proceed()
    const error = await outcome
    await settled

    if (expected.error === undefined) expect(error).toBeUndefined()
    else expect(error).toBeInstanceOf(expected.error)
    if (expected.message !== undefined) expect((error as Error).message).toMatch(expected.message)
    if (expected.causeIsFirstError === true) expect((error as Error).cause).toBe(firstError)
    expect(session.state).toBe(expected.state)
    const sent = textsOf(opened.recorder)
      .slice(before)
      .map((text) => text.replace(/^((release )?savepoint) .*/, '$1'))
    // Of the end that was held, Execute was seen before; what the holder sends is not this session's.
    const held = state === 'committing' ? ['commit'] : state === 'rolling back' ? ['rollback'] : []
    const own = state === 'acquiring' ? sent.slice(1) : [...held, ...sent]
    expect(own).toEqual(expected.sent)
    await session.close()
  })
})
