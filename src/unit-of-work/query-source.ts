import { createQueryId, type Kysely, type OperationNodeSource, type RootOperationNode } from 'kysely'
import { statement, type Statement } from '../postgres/statement.js'
import type { AnyBuilder } from './relation-load.js'
import type { TableMapping } from './table-mapping.js'

/**
 * Kysely as queries for objects use it: builders that know nothing of the session, and the session's own way from a
 * finished query to SQL, plugins included.
 *
 * @internal
 */
export class QuerySource {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the types were checked where the query was built.
  readonly #session: Kysely<any>
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above.
  readonly #plain: Kysely<any>

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as above.
  constructor(session: Kysely<any>) {
    this.#session = session
    // Parts of a query are transformed once, when it is whole.
    this.#plain = session.withoutPlugins()
  }

  /** Begins a query on a table, under its key. No I/O. */
  from(mapping: TableMapping): AnyBuilder {
    return this.#plain.selectFrom(mapping.key)
  }

  /** Compiles a query whose rows are to come as lists of values. Pure. */
  statement(query: OperationNodeSource): Statement {
    const executor = this.#session.getExecutor()
    const id = createQueryId()
    const node = executor.transformQuery(query.toOperationNode() as RootOperationNode, id)
    const { sql, parameters } = executor.compileQuery(node, id)
    return { ...statement(sql, parameters), asLists: true }
  }
}
