import type { ColumnReaders } from './column-readers.js'
import { leftState, type LeftState } from './left-state.js'
import type { RowShape } from './row-shape.js'

/** What is known of one statement that was prepared on one connection. */
export interface PreparedStatement {
  readonly name: string
  readonly text: string
  readonly scope: string
  /** What it may leave on the connection. */
  readonly leaves: LeftState
  /** Set once the server has answered ParseComplete. */
  isParsed: boolean
  /** The higher, the later it was used last. */
  lastUse: number
  /** `undefined` until described; `null` when the statement returns no rows. */
  shape: RowShape | null | undefined
  /** What the shape was made with: a statement with others needs a shape of its own. */
  readers: ColumnReaders | undefined
}

/**
 * Only these are prepared under a name. The result of others (FETCH, SHOW, EXECUTE …) depends on more than their
 * text, and DDL gains nothing from a plan.
 */
const WORTH_PREPARING =
  /^(?:[\s(]*(?:select|insert|update|delete|merge|with|values|begin)\b|commit$|rollback$)/i
/** A longer text is a bulk statement that will hardly come again as it is. */
const LONGEST_TEXT = 16 * 1024

/**
 * The statements prepared on one connection, the least recently used one dropped first.
 *
 * Names are made here, never by callers, so no two texts can share one and no name reaches 63 bytes (I-PREP).
 *
 * @internal
 */
export class StatementCache {
  readonly #capacity: number
  // Neither map changes while the same statements come again: reordering one for each use, as an LRU map does, would
  // leave its old tables to the garbage collector.
  readonly #scopes = new Map<string, Map<string, PreparedStatement>>()
  #size = 0
  readonly #dropped: string[] = []
  #lastNumber = 0
  #uses = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The entry for this text in this scope, made when there is none; `undefined` for a text that is not worth preparing. */
  entryFor(text: string, scope: string): PreparedStatement | undefined {
    const known = this.#scopes.get(scope)?.get(text)
    if (known !== undefined) {
      known.lastUse = ++this.#uses
      return known
    }
    if (this.#capacity === 0 || text.length > LONGEST_TEXT || !WORTH_PREPARING.test(text)) return undefined
    if (this.#size === this.#capacity) this.#dropOldest()
    const entry: PreparedStatement = {
      name: `ad_${(++this.#lastNumber).toString(36)}`,
      text,
      scope,
      leaves: leftState(text),
      lastUse: ++this.#uses,
      isParsed: false,
      shape: undefined,
      readers: undefined,
    }
    const inScope = this.#scopes.get(scope) ?? new Map<string, PreparedStatement>()
    this.#scopes.set(scope, inScope.set(text, entry))
    this.#size++
    return entry
  }

  /** Forgets one text, so that it is prepared again under another name at its next use. */
  forget(entry: PreparedStatement): void {
    const inScope = this.#scopes.get(entry.scope)
    if (inScope?.get(entry.text) !== entry) return
    inScope.delete(entry.text)
    if (inScope.size === 0) this.#scopes.delete(entry.scope)
    this.#size--
    // Even when its Parse is still under way: closing a name that does not exist is no error.
    this.#dropped.push(entry.name)
  }

  /** Forgets every text: after DEALLOCATE ALL, DISCARD ALL or behind a pooler the server no longer knows the names. */
  forgetAll(): void {
    // Should only some of the names be gone, the others are closed like those that were dropped for age.
    for (const { name } of this.#entries()) this.#dropped.push(name)
    this.#scopes.clear()
    this.#size = 0
  }

  /** Names that the server still holds and nobody will use again; each is given out once. */
  takeDropped(): readonly string[] {
    return this.#dropped.length === 0 ? NONE : this.#dropped.splice(0)
  }

  #dropOldest(): void {
    let oldest: PreparedStatement | undefined
    for (const entry of this.#entries())
      if (oldest === undefined || entry.lastUse < oldest.lastUse) oldest = entry
    if (oldest !== undefined) this.forget(oldest)
  }

  *#entries(): Generator<PreparedStatement, void, void> {
    for (const inScope of this.#scopes.values()) yield* inScope.values()
  }
}

const NONE: readonly string[] = Object.freeze([])
