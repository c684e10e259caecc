import type {
  CheckDescription,
  ForeignKeyDescription,
  KeyDescription,
  PartitionDescription,
  TableBody,
  TableDescription,
} from '../metadata/description.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import { mentionedColumns } from '../metadata/describe-table.js'
import { renderColumn, type ColumnParts } from './render-column.js'
import {
  columnOfTable,
  indexKey,
  renderCheck,
  renderExclusion,
  renderForeignKey,
  renderIndex,
  renderKey,
  renderPolicy,
  storageSource,
} from './render-constraint.js'
import type { RenderContext } from './render-context.js'
import {
  arrow,
  call,
  flag,
  list,
  optional,
  optionsObject,
  sqlSource,
  spreadObject,
  string,
  text,
  type SourceNode,
} from './source-node.js'

/** `table('users', { … }, (t) => [ … ], { … })`. @internal */
export function renderTable(table: TableDescription, context: RenderContext): SourceNode {
  const placed = partsOfColumns(table)
  const columns = table.columns.map((column) => ({
    key: column.key,
    value: renderColumn(column, placed.get(column.name) ?? NO_PARTS, table, context),
  }))
  const inline = new Set<object>([...placed.values()].flatMap(listed))
  const extras = [
    ...bodyParts(table, table, context, inline),
    ...table.policies.map((policy) => renderPolicy(policy, context)),
    ...partitionNodes(table, table, context),
  ]
  const options = tableOptions(table, context)
  const usesColumns = extras.some((node) => mentionsColumns(node))
  const third = extras.length === 0 ? undefined : arrow(usesColumns ? '(t)' : '()', list(extras))
  return call(context.use('table'), string(table.name), spreadObject(columns), third, options)
}

const NO_PARTS: ColumnParts = { primaryKey: undefined, uniques: [], checks: [], foreignKey: undefined }

function listed({ primaryKey, uniques, checks, foreignKey }: ColumnParts): readonly object[] {
  return [primaryKey, ...uniques, ...checks, foreignKey].filter((part) => part !== undefined)
}

/** What can be said on a column is said there: a key, check or reference of that column alone, with no rare option. */
function partsOfColumns(table: TableDescription): ReadonlyMap<string, ColumnParts> {
  const names = table.columns.map(({ name }) => name)
  return new Map(
    names.map((name) => [
      name,
      {
        primaryKey: isPlainKey(table.primaryKey, name) ? table.primaryKey : undefined,
        uniques: table.uniques.filter((key) => isPlainKey(key, name)),
        checks: table.checks.filter((check) => isCheckOf(check, name, names)),
        foreignKey: table.foreignKeys.find((key) => isReferenceOf(key, name)),
      },
    ]),
  )
}

function isPlainKey(key: KeyDescription | undefined, column: string): boolean {
  if (key?.columns.length !== 1 || key.columns[0] !== column || key.include.length > 0) return false
  const isRare = key.nullsNotDistinct || key.withoutOverlaps || key.deferrable !== false
  return (
    !isRare && Object.keys(key.with).length === 0 && key.tablespace === undefined && key.comment === undefined
  )
}

function isCheckOf(check: CheckDescription, column: string, columns: readonly string[]): boolean {
  const mentioned = mentionedColumns(check.expression, columns)
  return mentioned.length === 1 && mentioned[0] === column
}

/** Whether a foreign key is written as `references()` of a column. @internal */
export function isReferenceOf(key: ForeignKeyDescription, column: string): boolean {
  return (
    key.columns.length === 1 && key.columns[0] === column && key.onDeleteColumns.length === 0 && !key.period
  )
}

function bodyParts(
  body: TableBody,
  table: TableDescription,
  context: RenderContext,
  inline: ReadonlySet<object>,
): readonly SourceNode[] {
  const column = columnOfTable(table)
  const { primaryKey } = body
  const own = <P extends object>(parts: readonly P[]): readonly P[] =>
    parts.filter((part) => !inline.has(part))
  return [
    ...own(primaryKey === undefined ? [] : [primaryKey]).map((key) =>
      renderKey(key, 'primaryKey', column, body, context),
    ),
    ...own(body.uniques).map((key) => renderKey(key, 'unique', column, body, context)),
    ...own(body.checks).map((check) => renderCheck(check, table, context, context.use('check'), body)),
    ...own(body.exclusions).map((exclusion) => renderExclusion(exclusion, column, body, context)),
    ...own(body.foreignKeys).map((key) => renderForeignKey(key, table, body, context)),
    ...body.indexes.map((index) => renderIndex(index, column, body, context)),
  ]
}

function partitionNodes(
  body: TableBody,
  table: TableDescription,
  context: RenderContext,
): readonly SourceNode[] {
  if (body.partitionBy === undefined) return []
  const { strategy, keys } = body.partitionBy
  const column = columnOfTable(table)
  return [
    call(
      context.use('partitionBy'),
      string(strategy),
      ...keys.map((key) => indexKey(key, column, context, {})),
    ),
    ...body.partitions.map((partition) => partitionNode(partition, body, table, context)),
  ]
}

function partitionNode(
  partition: PartitionDescription,
  parent: TableBody,
  table: TableDescription,
  context: RenderContext,
): SourceNode {
  const extras = [
    ...bodyParts(partition, table, context, new Set()),
    ...partition.policies.map((policy) => renderPolicy(policy, context)),
    ...partitionNodes(partition, table, context),
  ]
  const options = optionsObject({
    schema: partition.schema === parent.schema ? undefined : string(partition.schema),
    ...bodyOptions(partition),
    notNullNames: notNullNames(partition),
    extras: extras.length === 0 ? undefined : list(extras),
  })
  return call(context.use('partition'), string(partition.name), sqlSource(partition.bound), options)
}

function notNullNames({ notNullNames: names, name }: PartitionDescription): SourceNode | undefined {
  const entries = Object.entries(names)
  const isOwn = entries.every(([column, given]) => given === defaultObjectName(name, column, 'not_null'))
  if (entries.length > 0 && isOwn) return string('own')
  return optionsObject(Object.fromEntries(entries.map(([column, given]) => [column, string(given)])))
}

function bodyOptions(body: TableBody): Readonly<Record<string, SourceNode | undefined>> {
  return {
    comment: optional(body.comment),
    unlogged: flag(body.unlogged),
    with: Object.keys(body.with).length === 0 ? undefined : storageSource(body.with),
    tablespace: optional(body.tablespace),
  }
}

function tableOptions(table: TableDescription, context: RenderContext): SourceNode | undefined {
  const { rowLevelSecurity: security, replicaIdentity: identity } = table
  return optionsObject({
    schema: optional(context.schemaOf(table.schema)),
    ...bodyOptions(table),
    rowLevelSecurity: security === false ? undefined : security === true ? text('true') : string('force'),
    method: optional(table.method),
    replicaIdentity:
      typeof identity === 'object' ? optionsObject({ index: string(identity.index) }) : optional(identity),
    renamedFrom: optional(table.renamedFrom),
  })
}

function mentionsColumns(node: SourceNode): boolean {
  switch (node.kind) {
    case 'arrow':
      return mentionsColumns(node.body)
    case 'call':
      return node.parameters.some(mentionsColumns)
    case 'chain':
      return node.calls.some(mentionsColumns)
    case 'list':
      return node.items.some(mentionsColumns)
    case 'object':
      return node.entries.some(({ value }) => mentionsColumns(value))
    case 'string':
      return false
    case 'text':
      return /^t[.[]/.test(node.text)
  }
}
