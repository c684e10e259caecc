import type { ColumnReaders } from './column-readers.js'
import { leftState, type LeftState } from './left-state.js'
import type { RowShape } from './row-shape.js'

/** What is known of one statement that was prepared on one connection. */
export interface PreparedStatement {
  readonly name: string
  readonly key: string
  /** What it may leave on the connection. */
  readonly leaves: LeftState
  /** Set once the server has answered ParseComplete. */
  isParsed: boolean
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
  readonly #byKey = new Map<string, PreparedStatement>()
  readonly #dropped: string[] = []
  #lastNumber = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** The entry for this text in this scope, made when there is none; `undefined` for a text that is not worth preparing. */
  entryFor(text: string, scope: string): PreparedStatement | undefined {
    const key = scope === '' ? text : `${scope}\0${text}`
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      this.#byKey.delete(key)
      this.#byKey.set(key, known)
      return known
    }
    if (this.#capacity === 0 || text.length > LONGEST_TEXT || !WORTH_PREPARING.test(text)) return undefined
    const entry: PreparedStatement = {
      name: `ad_${(++this.#lastNumber).toString(36)}`,
      key,
      leaves: leftState(text),
      isParsed: false,
      shape: undefined,
      readers: undefined,
    }
    this.#byKey.set(key, entry)
    if (this.#byKey.size > this.#capacity) this.#dropOldest()
    return entry
  }

  /** Forgets one text, so that it is prepared again under another name at its next use. */
  forget(entry: PreparedStatement): void {
    if (this.#byKey.get(entry.key) !== entry) return
    this.#byKey.delete(entry.key)
    // Even when its Parse is still under way: closing a name that does not exist is no error.
    this.#dropped.push(entry.name)
  }

  /** Forgets every text: after DEALLOCATE ALL, DISCARD ALL or behind a pooler the server no longer knows the names. */
  forgetAll(): void {
    // Should only some of the names be gone, the others are closed like those that were dropped for age.
    for (const { name } of this.#byKey.values()) this.#dropped.push(name)
    this.#byKey.clear()
  }

  /** Names that the server still holds and nobody will use again; each is given out once. */
  takeDropped(): readonly string[] {
    return this.#dropped.length === 0 ? NONE : this.#dropped.splice(0)
  }

  #dropOldest(): void {
    const oldest = this.#byKey.values().next()
    if (oldest.done !== true) this.forget(oldest.value)
  }
}

const NONE: readonly string[] = Object.freeze([])
