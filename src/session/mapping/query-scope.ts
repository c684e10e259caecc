import type { ColumnReader } from '../../postgres/column-readers.js'
import type { MappedColumn, MappedTable } from './mapped-table.js'

/** One column of what a query gives. */
export interface OutputColumn {
  readonly name: string
  readonly read: ColumnReader | undefined
}

/**
 * Something that columns come from: a table, a subquery, or what nothing is known of.
 *
 * @internal
 */
export interface QuerySource {
  /** What references call it; undefined where that is not known. */
  readonly name: string | undefined
  readonly table?: MappedTable | undefined
  /** The columns of a subquery or common table expression. */
  readonly outputs?: readonly OutputColumn[] | undefined
  /** The query gave it another name than the database has, so that references can't name its schema. */
  readonly isAliased: boolean
}

/** What a reference leads to. */
export interface ResolvedColumn {
  readonly source: QuerySource
  /** Undefined for the column of a subquery. */
  readonly column: MappedColumn | undefined
  readonly read: ColumnReader | undefined
}

/**
 * The names that one query, or one level of a query, sees.
 *
 * @internal
 */
export class QueryScope {
  readonly sources: QuerySource[] = []
  /** What an INSERT, UPDATE, DELETE or MERGE changes. */
  target: QuerySource | undefined
  readonly #parent: QueryScope | undefined
  readonly #expressions = new Map<string, readonly OutputColumn[]>()

  constructor(parent?: QueryScope) {
    this.#parent = parent
  }

  /** Adds a common table expression; it hides a table of the same name. */
  addExpression(name: string, outputs: readonly OutputColumn[]): void {
    this.#expressions.set(name, outputs)
  }

  /** The columns of a common table expression. */
  expression(name: string): readonly OutputColumn[] | undefined {
    return this.#expressions.get(name) ?? this.#parent?.expression(name)
  }

  /** What a query inside MERGE changes. */
  get changed(): QuerySource | undefined {
    return this.target ?? this.#parent?.changed
  }

  /** The source of a name, from the inside out. */
  source(name: string): QuerySource | undefined {
    return this.sources.find((source) => source.name === name) ?? this.#parent?.source(name)
  }

  /** What a reference means; undefined if that is not known. */
  resolve(qualifier: string | undefined, key: string): ResolvedColumn | undefined {
    if (qualifier !== undefined) {
      const source = this.source(qualifier)
      return source === undefined ? undefined : columnOf(source, key)
    }
    for (const source of this.sources) {
      const found = columnOf(source, key)
      if (found !== undefined) return found
    }
    // It may be a column of what nothing is known of, rather than one further out.
    const isKnown = this.sources.every(({ table, outputs }) => outputs !== undefined || hasColumns(table))
    return isKnown ? this.#parent?.resolve(undefined, key) : undefined
  }
}

function hasColumns(table: MappedTable | undefined): boolean {
  return table !== undefined && table.columns.length > 0
}

function columnOf(source: QuerySource, key: string): ResolvedColumn | undefined {
  const column = source.table?.column(key)
  if (column !== undefined) return { source, column, read: column.read }
  const output = source.outputs?.findLast(({ name }) => name === key)
  return output === undefined ? undefined : { source, column: undefined, read: output.read }
}
