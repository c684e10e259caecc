import type { CompiledQuery } from 'kysely'
import type { ColumnReaders } from '../../postgres/column-readers.js'

const READERS = Symbol('async-database.readers')

interface ReadQuery {
  readonly [READERS]?: ColumnReaders
}

/** A compiled query that knows how its columns are read. Pure. @internal */
export function withColumnReaders(query: CompiledQuery, readers: ColumnReaders): CompiledQuery {
  return Object.freeze({ ...query, [READERS]: readers })
}

/** How the columns of a compiled query are read, where that is not by their types alone. Pure. @internal */
export function columnReadersOf(query: CompiledQuery): ColumnReaders | undefined {
  return (query as ReadQuery)[READERS]
}
