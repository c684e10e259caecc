/** What a session can be asked in the property test, as data. */
export type Command =
  | { readonly kind: 'statement'; readonly statement: StatementCommand }
  /** Started together. */
  | { readonly kind: 'batch'; readonly statements: readonly StatementCommand[] }
  | { readonly kind: 'begin' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  /** close(), then another session. */
  | { readonly kind: 'reopen' }
  /** abort() while statements, and perhaps commit(), are under way, then another session. */
  | { readonly kind: 'abort'; readonly statements: readonly StatementCommand[]; readonly commits: boolean }
  /** commit(), and a statement before its promise has settled. */
  | { readonly kind: 'commit and straggle' }
  /** The network breaks, and the client hears of it. */
  | { readonly kind: 'cut' }
  /** Nested transactions started together. */
  | { readonly kind: 'nested'; readonly siblings: readonly Nested[] }

export type StatementCommand =
  | { readonly kind: 'write'; readonly key: number; readonly value: number }
  | { readonly kind: 'read' }
  | { readonly kind: 'stream' }
  /** The server refuses it. */
  | { readonly kind: 'fail' }
  /** The client refuses it. */
  | { readonly kind: 'bad parameter' }

/** A nested transaction: by beginNested() or by Kysely's transaction(). */
export interface Nested {
  readonly by: 'beginNested' | 'transaction'
  readonly work: readonly Command[]
  readonly end: 'return' | 'throw'
}

/** How a request ends, by code of its error; `business` is the error of nested work. */
export type Outcome = 'ok' | 'refused' | 'server' | 'lost' | 'usage' | 'rolled back' | 'business'

interface Scope {
  readonly rows: ReadonlyMap<number, number>
  /** Something of it has left: its end costs a round trip. */
  isTouched: boolean
}

/**
 * The abstract machine that a session must behave like: one transaction over a map of numbers.
 */
export class SessionMachine {
  phase: 'idle' | 'active' | 'aborted' | 'invalid' = 'idle'
  committed: ReadonlyMap<number, number>
  rows: Map<number, number>
  /** The connection is gone, and the session has not met that yet. */
  #isCut = false
  #isBegun = false
  readonly #scopes: Scope[] = []

  constructor(rows: ReadonlyMap<number, number>) {
    this.committed = rows
    this.rows = new Map(rows)
  }

  get inTransaction(): boolean {
    return this.phase !== 'idle' || this.#isBegun
  }

  get mayNest(): boolean {
    return this.phase === 'idle' || this.phase === 'active'
  }

  statement(command: StatementCommand): Outcome {
    if (command.kind === 'bad parameter') return 'usage'
    if (!this.mayNest) return 'refused'
    if (this.#isCut) {
      this.#invalidate()
      return 'lost'
    }
    for (const scope of this.#scopes) scope.isTouched = true
    this.phase = command.kind === 'fail' ? 'aborted' : 'active'
    if (command.kind === 'write') this.rows.set(command.key, command.value)
    return command.kind === 'fail' ? 'server' : 'ok'
  }

  /** Statements started together, and whether they leave as one group: how each ends, and the rows as it sees them. */
  batch(
    commands: readonly StatementCommand[],
    isGroup: boolean,
  ): { outcome: Outcome; rows: ReadonlyMap<number, number> }[] {
    const isCut = isGroup && this.#isCut && this.mayNest
    return commands.map((command) => {
      const outcome = this.statement(command)
      // All of a group is lost with its connection.
      return { outcome: isCut && outcome === 'refused' ? 'lost' : outcome, rows: new Map(this.rows) }
    })
  }

  begin(): Outcome {
    if (this.phase !== 'idle' || this.#isBegun) return 'refused'
    this.#isBegun = true
    return 'ok'
  }

  commit(): Outcome {
    const { phase } = this
    if (phase === 'invalid') return 'refused'
    if (phase === 'active' && this.#isCut) {
      this.#invalidate()
      return 'rolled back'
    }
    if (phase === 'active') this.committed = new Map(this.rows)
    this.rollback()
    return phase === 'aborted' ? 'rolled back' : 'ok'
  }

  rollback(): Outcome {
    this.phase = 'idle'
    this.rows = new Map(this.committed)
    this.#isCut = false
    this.#isBegun = false
    return 'ok'
  }

  cut(): void {
    this.#isCut = this.phase === 'active' || this.phase === 'aborted'
  }

  openScope(): void {
    this.#scopes.push({ rows: new Map(this.rows), isTouched: false })
  }

  /** Ends the innermost scope. */
  closeScope(end: Nested['end']): Outcome {
    const scope = this.#scopes.pop()
    if (scope === undefined) throw new Error('No scope is open.')
    const { phase } = this
    const meetsCut = scope.isTouched && this.#isCut
    if (end === 'return' && this.mayNest && !meetsCut) return 'ok'
    this.rows = new Map(scope.rows)
    if (meetsCut) this.#invalidate()
    else if (scope.isTouched && phase === 'aborted') this.phase = 'active'
    if (end === 'throw') return 'business'
    return phase === 'active' ? 'lost' : 'refused'
  }

  #invalidate(): void {
    this.phase = 'invalid'
    this.#isCut = false
  }
}
