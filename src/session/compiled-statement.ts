import type { CompiledQuery } from 'kysely'
import { statement, type Statement } from '../postgres/statement.js'
import { columnReadersOf } from './mapping/compiled-readers.js'

/**
 * What a compiled query of Kysely's is on the wire. Pure.
 *
 * @throws {@link UsageError} if a parameter has no faithful form.
 * @internal
 */
export function compiledStatement(query: CompiledQuery): Statement {
  return statement(query.sql, query.parameters, columnReadersOf(query))
}
