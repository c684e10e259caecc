/**
 * Tells the package the type of the program's database, once, by declaration merging: what `prepareQuery()` builds on
 * and what `req.db` and `request.db` are.
 *
 * Without it they are typed by `any`: everything works, nothing is checked. The declaration may name the package or
 * either adapter; all read it.
 *
 * @example
 * ```ts
 * declare module 'async-database' {
 *   interface RegisteredDatabase {
 *     DB: DB
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- applications add the one member that is read.
export interface RegisteredDatabase {}

/** The registered database type. */
export type RegisteredTables = RegisteredDatabase extends { DB: infer DB }
  ? DB
  : // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an unregistered database can't be checked.
    any
