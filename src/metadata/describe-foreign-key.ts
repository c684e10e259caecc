import { ConfigurationError } from '../errors/usage-error.js'
import type { ColumnDefinition, ReferenceDefinition } from './column-definition.js'
import type { DataType } from './data-type.js'
import { columnName, ownColumnNames } from './describe-context.js'
import { partName, type Described } from './describe-index.js'
import type { ForeignKeyDescription } from './description.js'

/**
 * Describes a foreign key: calls its arrow, finds the other table, and proves that both ends fit. Takes its name.
 *
 * @param columns - The columns on this side.
 * @param reference - As it was declared.
 * @param subject - The table on this side.
 * @returns Its description.
 * @throws {@link ConfigurationError} if the arrow gives no columns of one table of the metadata, not as many as this
 * side has, or columns of types that can't be compared.
 * @internal
 */
export function describeForeignKey(
  columns: readonly ColumnDefinition[],
  reference: ReferenceDefinition,
  subject: Described,
): ForeignKeyDescription {
  const { place, owner, context } = subject
  const names = ownColumnNames(columns, owner, `A foreign key of ${place.name}`)
  const what = `The foreign key ${place.name}(${names.join(', ')})`
  const targets = targetColumns(reference, what)
  if (targets.length !== columns.length) {
    throw new ConfigurationError({
      message: `${what} has ${String(columns.length)} column(s) and points at ${String(targets.length)}.`,
    })
  }
  const targetOwner = targets[0]?.owner
  const target = targetOwner === undefined ? undefined : context.places.get(targetOwner)
  if (target === undefined) {
    throw new ConfigurationError({
      message: `${what} points at a table that is not among the metadata's tables.`,
      hint: 'List every table, also those of other schemas, in the tables of new Metadata({ tables }).',
    })
  }
  const foreignNames = ownColumnNames(targets, targetOwner, what)
  for (const [position, column] of columns.entries()) refuseMisfit(column, targets[position], what)
  const { options } = reference
  return {
    name: partName(options.name, 'foreignKey', subject, names, target.name),
    columns: names,
    target: { schema: target.schema, name: target.name },
    targetColumns: foreignNames,
    onDelete: options.onDelete ?? 'no action',
    onDeleteColumns: ownColumnNames(
      (options.onDeleteColumns ?? []).map((column) => column.def),
      owner,
      what,
    ),
    onUpdate: options.onUpdate ?? 'no action',
    match: options.match ?? 'simple',
    deferrable: options.deferrable ?? false,
    notValid: options.notValid ?? false,
    enforced: options.enforced ?? true,
    period: options.period ?? false,
    comment: options.comment,
  }
}

function targetColumns({ target }: ReferenceDefinition, what: string): readonly ColumnDefinition[] {
  const given: unknown = (target as () => unknown)()
  const columns = Array.isArray(given) ? (given as unknown[]) : [given]
  return columns.map((column) => {
    if (typeof column === 'object' && column !== null && 'def' in column)
      return column.def as ColumnDefinition
    throw new ConfigurationError({
      message: `${what} gives ${column === undefined ? 'undefined' : `a ${typeof column}`}; expected a column of a table.`,
      hint: 'Write references(() => users.id). An undefined may come from a module that is imported in a circle.',
    })
  })
}

/** Types that PostgreSQL compares with each other; others fit only themselves. */
const FAMILIES: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint', 'numeric', 'oid'],
  ['text', 'character varying', 'character', 'name', 'citext'],
  ['real', 'double precision', 'numeric', 'smallint', 'integer', 'bigint'],
  ['date', 'timestamp without time zone', 'timestamp with time zone'],
  ['inet', 'cidr'],
]

function refuseMisfit(column: ColumnDefinition, target: ColumnDefinition | undefined, what: string): void {
  if (target === undefined || fits(column.type, target.type)) return
  throw new ConfigurationError({
    message: `${what} has the type ${typeName(column.type)} and points at ${columnName(target)} of type ${typeName(target.type)}.`,
    hint: 'Give both columns the same type.',
  })
}

function fits(left: DataType, right: DataType): boolean {
  if (left.dimensions !== right.dimensions) return false
  if (left.declared?.kind === 'domain') return fits(left.declared.type, right)
  if (right.declared?.kind === 'domain') return fits(left, right.declared.type)
  if (left.declared !== undefined || right.declared !== undefined) return left.declared === right.declared
  // `type('any_name')`: only the server knows.
  if (left.readAs === 'driver' || right.readAs === 'driver') return true
  const [leftName, rightName] = [withoutParameters(left.name), withoutParameters(right.name)]
  return (
    leftName === rightName ||
    FAMILIES.some((family) => family.includes(leftName) && family.includes(rightName))
  )
}

function withoutParameters(name: string): string {
  return name.replace(/\(.*?\)/, '')
}

function typeName(type: DataType): string {
  return type.name + '[]'.repeat(type.dimensions)
}
