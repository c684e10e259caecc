import { ExpressionWrapper, ValueNode, type Kysely } from 'kysely'
import type { CompilableQuery } from './executable-query.js'
import { ParameterSlot } from './parameter-slot.js'
import { PreparedQuery } from './prepared-query.js'
import type { RegisteredTables } from './registered-database.js'

/** Stands for a parameter while a query is built; usable wherever Kysely takes an expression. */
export type QueryParameter<Parameters> = <Name extends keyof Parameters & string>(
  name: Name,
) => ExpressionWrapper<never, never, Parameters[Name]>

/** Builds a query out of tables and parameters. */
export type QueryBuild<DB, Parameters, R> = (
  db: Kysely<DB>,
  param: QueryParameter<Parameters>,
) => CompilableQuery<R>

/**
 * Prepares a query: it is built and compiled at its first use, once for each database, and then run with other values
 * at no cost but theirs. No I/O.
 *
 * The parameters are a type of their own, checked where the query is built and where it is run. The tables are those of
 * `RegisteredDatabase`; where there is none, annotate the first argument (`db: Kysely<DB>`), or call
 * `database.prepareQuery()`, which knows them.
 *
 * @returns A function that takes the query's builder. (TypeScript infers either all type arguments of a call or none,
 * so the parameters have a call of their own.)
 * @example
 * ```ts run
 * import { prepareQuery } from 'async-database'
 * import type { Kysely } from 'kysely'
 *
 * const byName = prepareQuery<{ name: string }>()((db: Kysely<DB>, param) =>
 *   db.selectFrom('person').selectAll().where('name', '=', param('name')),
 * )
 * await using session = database.session()
 * const people = await session.execute(byName, { name: 'Ada' })
 * console.log(people.all())
 * ```
 */
export function prepareQuery<Parameters extends object>(): <R, DB = RegisteredTables>(
  build: QueryBuild<DB, Parameters, R>,
) => PreparedQuery<DB, Parameters, R> {
  return <R, DB>(build: QueryBuild<DB, Parameters, R>) =>
    new PreparedQuery<DB, Parameters, R>((db) => {
      const provider = db as unknown as Kysely<DB>
      return build(provider, parameter).compile(provider)
    })
}

function parameter(name: string): ExpressionWrapper<never, never, never> {
  return new ExpressionWrapper(ValueNode.create(new ParameterSlot(name)))
}
