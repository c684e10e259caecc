import type { CompiledQuery, OperationNode, TableNode } from 'kysely'
import { KyselyCompiler } from '../../engine/kysely-compiler.js'
import type { ColumnReaders } from '../../postgres/column-readers.js'
import { withColumnReaders } from './compiled-readers.js'
import type { MappedTables } from './mapped-tables.js'
import { QueryMapper } from './query-mapper.js'

/** How many different texts are remembered with what reads their columns. */
const REMEMBERED_TEXTS = 1_000

const MAPPED_KINDS = new Set([
  'SelectQueryNode',
  'InsertQueryNode',
  'UpdateQueryNode',
  'DeleteQueryNode',
  'MergeQueryNode',
  'RawNode',
])

type Root = Parameters<KyselyCompiler['compileQuery']>[0]
type Id = Parameters<KyselyCompiler['compileQuery']>[1]

/**
 * Kysely's compiler for PostgreSQL, for a metadata some of whose names or types Kysely can't know.
 *
 * The names are turned here, behind all plugins, and not in a plugin: a plugin sees a subquery once by itself and again
 * inside its query. The schema builder is left alone: what it is told are names of the database.
 *
 * @internal
 */
export class MappingCompiler extends KyselyCompiler {
  readonly #tables: MappedTables
  readonly #mapper: QueryMapper
  readonly #readersByText = new Map<string, ColumnReaders>()

  constructor(tables: MappedTables) {
    super()
    this.#tables = tables
    this.#mapper = new QueryMapper(tables)
  }

  override compileQuery(root: Root, id: Id): CompiledQuery {
    if (!MAPPED_KINDS.has(root.kind) || !this.#concerns(root)) return super.compileQuery(root, id)
    const { node, readers } = this.#mapper.map(root)
    const compiled = super.compileQuery(node, id)
    return readers === undefined ? compiled : withColumnReaders(compiled, this.#shared(compiled.sql, readers))
  }

  /** Whether a table is mentioned that Kysely alone would not do justice to. */
  #concerns(node: OperationNode): boolean {
    if (node.kind === 'TableNode') {
      return this.#tables.table((node as TableNode).table.identifier.name)?.isSpecial === true
    }
    if (node.kind === 'ValueNode' || node.kind === 'PrimitiveValueListNode') return false
    for (const key in node) {
      const part: unknown = node[key as keyof OperationNode]
      if (typeof part !== 'object' || part === null) continue
      if (Array.isArray(part) ? part.some((each) => this.#isConcerned(each)) : this.#isConcerned(part))
        return true
    }
    return false
  }

  #isConcerned(part: unknown): boolean {
    return (
      typeof part === 'object' && part !== null && 'kind' in part && this.#concerns(part as OperationNode)
    )
  }

  /** The same object for the same text: tables, columns and aliases are all in the text. */
  #shared(text: string, readers: ColumnReaders): ColumnReaders {
    const known = this.#readersByText.get(text)
    if (known !== undefined) return known
    if (this.#readersByText.size >= REMEMBERED_TEXTS) this.#readersByText.clear()
    this.#readersByText.set(text, readers)
    return readers
  }
}
