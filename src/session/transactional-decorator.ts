import type { ScopedSession, ScopedTransactionalOptions } from './scoped-session.js'

/** Where {@link Transactional} finds the session in scope: an `AsyncDatabase`, or a view of one. */
export interface TransactionalSource<DB> {
  /** The session of the current async context. */
  readonly scoped: ScopedSession<DB>
}

/**
 * Decorates an async method: it runs in a transaction of the session in scope; see {@link ScopedSession.transactional}.
 *
 * A standard decorator (TypeScript 5 without `experimentalDecorators`, no reflect-metadata), which `tsc`, esbuild and tsx
 * compile. No I/O until the method is called.
 *
 * @param database - Whose session in scope is meant.
 * @param options - The propagation, what kind of transaction is asked for, and how often it may run.
 * @returns The decorator.
 * @example
 * ```ts
 * import { Transactional } from 'async-database'
 *
 * class People {
 *   @Transactional(database, { isolationLevel: 'serializable', retry: { attempts: 3 } })
 *   async register(name: string): Promise<void> {
 *     await database.scoped.current().insertInto('person').values({ name }).execute()
 *   }
 * }
 * await new People().register('Ada')
 * ```
 * @see TC39, Decorators; Spring, `@Transactional`
 */
export function Transactional<DB>(
  database: TransactionalSource<DB>,
  options: ScopedTransactionalOptions = {},
): <This, Arguments extends unknown[], Result>(
  method: (this: This, ...values: Arguments) => Promise<Result>,
  context: ClassMethodDecoratorContext<This, (this: This, ...values: Arguments) => Promise<Result>>,
) => (this: This, ...values: Arguments) => Promise<Result> {
  return (method) => database.scoped.transactional(method, options)
}
