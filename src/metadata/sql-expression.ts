import { ConfigurationError } from '../errors/usage-error.js'
import { quoteIdentifier } from '../foundation/quote-identifier.js'
import { sqlLiteral } from './sql-literal.js'

/**
 * SQL text in a metadata: what Kysely's `sql` tag gives. Values in the template become literals, since DDL takes no
 * parameters; a column of a table becomes its quoted name.
 *
 * @example
 * ```ts
 * import { sql } from 'kysely'
 * import { check, integer, table } from 'async-database'
 *
 * export const stock = table('stock', { amount: integer().notNull().default(sql`1 + 1`) }, (t) => [
 *   check(sql`${t.amount} >= ${0}`),
 * ])
 * ```
 */
export interface SqlExpression {
  /** Kysely's own tree of the template; only raw templates are understood here. */
  toOperationNode(): { readonly kind: string }
}

/** The parts of Kysely's operation nodes that a `sql` template can hold. Read structurally: metadata never loads Kysely. */
interface TemplateNode {
  readonly kind: string
  readonly sqlFragments?: readonly string[]
  readonly parameters?: readonly TemplateNode[]
  readonly value?: unknown
  readonly values?: readonly unknown[]
  readonly name?: string
  readonly schema?: TemplateNode
  readonly identifier?: TemplateNode
  readonly table?: TemplateNode
  readonly column?: TemplateNode
}

/**
 * Tells an SQL template from a plain value. Pure.
 *
 * @param value - Anything.
 * @returns True for what Kysely's `sql` tag gives.
 * @internal
 */
export function isSqlExpression(value: unknown): value is SqlExpression {
  return (
    typeof value === 'object' &&
    value !== null &&
    'toOperationNode' in value &&
    typeof value.toOperationNode === 'function'
  )
}

/**
 * Turns an expression into SQL text without parameters. Pure.
 *
 * @param expression - SQL text, or a `sql` template.
 * @returns SQL text.
 * @throws {@link ConfigurationError} if the text is empty, the template holds something other than literals, references
 * and other `sql` templates, or a value has no literal form.
 * @internal
 */
export function sqlText(expression: string | SqlExpression): string {
  const text = typeof expression === 'string' ? expression : nodeText(expression.toOperationNode())
  if (text.trim() === '')
    throw new ConfigurationError({ message: 'An SQL expression in the metadata is empty.' })
  return text
}

function nodeText(node: TemplateNode): string {
  switch (node.kind) {
    case 'RawNode':
      return rawText(node)
    case 'ValueNode':
      return valueText(node.value)
    case 'PrimitiveValueListNode':
      return `(${(node.values ?? []).map(valueText).join(', ')})`
    case 'ValueListNode':
      return `(${(node.values as readonly TemplateNode[]).map(nodeText).join(', ')})`
    case 'IdentifierNode':
      return quoteIdentifier(node.name ?? '')
    case 'SchemableIdentifierNode':
      return joined(node.schema, node.identifier)
    case 'TableNode':
      return joined(node.table)
    case 'ColumnNode':
      return joined(node.column)
    case 'ReferenceNode':
      return joined(node.table, node.column)
    case 'SelectAllNode':
      return '*'
    default:
      throw new ConfigurationError({
        message: `A ${node.kind} can't become part of the metadata: it needs Kysely's query compiler.`,
        hint: 'Write the expression as a sql`…` template or as text.',
        context: { kind: node.kind },
      })
  }
}

function rawText(node: TemplateNode): string {
  const parameters = node.parameters ?? []
  return (node.sqlFragments ?? [])
    .map((fragment, position) => {
      const parameter = parameters[position]
      return parameter === undefined ? fragment : fragment + nodeText(parameter)
    })
    .join('')
}

function joined(...nodes: readonly (TemplateNode | undefined)[]): string {
  return nodes
    .filter((node) => node !== undefined)
    .map(nodeText)
    .join('.')
}

function valueText(value: unknown): string {
  const column = columnName(value)
  return column === undefined ? sqlLiteral(value) : quoteIdentifier(column)
}

/** A column of a table, met as a "value" of the template: Kysely does not know our columns. */
function columnName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('def' in value)) return undefined
  const { def } = value as { readonly def: { readonly name?: string; readonly key?: string } }
  return def.name ?? def.key
}
