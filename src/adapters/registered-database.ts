/**
 * Tells the adapters the type of the application's database, once, by declaration merging.
 *
 * Without it `req.db` and `request.db` are a `Session<any>`: everything works, nothing is checked. The declaration may
 * name either adapter; both read it.
 *
 * @example
 * ```ts
 * declare module 'async-database/express' {
 *   interface RegisteredDatabase {
 *     DB: DB
 *   }
 * }
 * ```
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- applications add the one member that is read.
export interface RegisteredDatabase {}

/** The registered database type: what the session of a request is typed by. */
export type RequestDatabase = RegisteredDatabase extends { DB: infer DB }
  ? DB
  : // eslint-disable-next-line @typescript-eslint/no-explicit-any -- an unregistered database can't be checked.
    any
