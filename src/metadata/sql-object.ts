import { refuseUnknownKeys } from './refuse-unknown-keys.js'
import type { Dependency, SqlSource } from './sql-source.js'
import type { AnyTable } from './table.js'

/** A function, trigger, type or any other object, as the SQL that creates and drops it. */
export interface SqlObjectOptions {
  /**
   * The word for it: `function`, `procedure`, `aggregate`, `trigger`, `rule`, `type`, `collation`, `statistics` or any
   * other. An `alteration` changes the table in `on` and is made together with it, never later.
   */
  readonly kind: string
  /** Its bare name in the database. */
  readonly name: string
  /** The schema it lives in. @defaultValue that of `on`, or the metadata's */
  readonly schema?: string | undefined
  /** Argument types of an overloaded routine, such as `integer, text`. @defaultValue any routine of the name */
  readonly arguments?: string | undefined
  /** The table of a trigger or rule. */
  readonly on?: AnyTable | undefined
  /**
   * The SQL statement that creates it, or several: a comment, for instance, is one of its own. For kinds that are not
   * listed above, statements that may run twice.
   */
  readonly create: SqlSource | readonly SqlSource[]
  /** One SQL statement that drops it if it exists. @defaultValue none: it goes with what it is part of */
  readonly drop?: SqlSource | undefined
  /** What must exist before it and is not mentioned by name in `create`, or only inside a function's body. */
  readonly dependsOn?: readonly Dependency[] | undefined
}

/** A declared raw object. */
export interface SqlObject {
  /** What it was declared with. */
  readonly def: SqlObjectOptions
}

/**
 * Declares an object that has no builder of its own; list it in the metadata's `objects`. It is created after
 * everything that its SQL mentions by name. Performs no I/O.
 *
 * @param options - See {@link SqlObjectOptions}.
 * @returns The object.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { sqlObject, table, timestamptz } from 'async-database'
 *
 * export const notes = table('notes', { changedAt: timestamptz() })
 * export const touch = sqlObject({
 *   kind: 'function',
 *   name: 'touch',
 *   create: (name) => `create function ${name('touch')}() returns trigger language plpgsql
 *     as $$ begin new."changedAt" := now(); return new; end $$`,
 *   drop: (name) => `drop function if exists ${name('touch')}()`,
 * })
 * export const touchNotes = sqlObject({
 *   kind: 'trigger',
 *   name: 'touch_notes',
 *   on: notes,
 *   create: (name) => `create trigger touch_notes before update on ${name(notes)} for each row execute function ${name('touch')}()`,
 *   drop: (name) => `drop trigger if exists touch_notes on ${name(notes)}`,
 * })
 * ```
 */
export function sqlObject(options: SqlObjectOptions): SqlObject {
  const known = ['kind', 'name', 'schema', 'arguments', 'on', 'create', 'drop', 'dependsOn']
  refuseUnknownKeys(options, known, `The ${options.kind} ${JSON.stringify(options.name)}`)
  return Object.freeze({ def: Object.freeze({ ...options }) })
}
