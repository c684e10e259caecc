import type { ObjectName } from '../metadata/description.js'

/** What a statement creates, changes or drops. */
export type DdlKind =
  | 'comment'
  | 'constraint'
  | 'domain'
  | 'enum'
  | 'extension'
  | 'foreignKey'
  | 'index'
  | 'materializedView'
  | 'object'
  | 'partition'
  | 'policy'
  | 'schema'
  | 'sequence'
  | 'setting'
  | 'table'
  | 'view'

/** One statement, and what it is about. Statements are run in the order in which they are given. */
export interface DdlStatement {
  /** One statement without parameters and without a semicolon at its end. */
  readonly sql: string
  readonly kind: DdlKind
  /** The object's qualified name without quotes, for reports; not for SQL. */
  readonly name: string
}

/**
 * Makes a statement. Pure.
 *
 * @param kind - What it is about.
 * @param name - The object's name.
 * @param sql - The statement.
 * @returns The statement.
 * @internal
 */
export function statement(kind: DdlKind, name: ObjectName | string, sql: string): DdlStatement {
  return { sql, kind, name: typeof name === 'string' ? name : `${name.schema}.${name.name}` }
}
