import { mentionedColumns } from '../metadata/describe-table.js'
import { indexColumnNames } from '../metadata/describe-index.js'
import type {
  CheckDescription,
  ExclusionDescription,
  ForeignKeyDescription,
  IndexDescription,
  IndexKeyDescription,
  KeyDescription,
  ObjectName,
  PolicyDescription,
  TableDescription,
} from '../metadata/description.js'
import type { NameReference } from '../metadata/name-reference.js'
import type { StorageParameters } from '../metadata/table-extra.js'
import { slot, type RenderContext } from './render-context.js'
import {
  arrow,
  call,
  chain,
  constList,
  flag,
  list,
  literal,
  memberSource,
  optional,
  optionsObject,
  sqlSource,
  sqlTemplate,
  spreadObject,
  string,
  text,
  type CallNode,
  type SourceNode,
} from './source-node.js'

/** Gives the source of a column: `t.name`, or `column('name')` in a materialized view. */
export type ColumnSource = (name: string) => SourceNode

/** `t.key`, by the column's name. @internal */
export function columnOfTable({ columns }: TableDescription): ColumnSource {
  return (name) => text(memberSource('t', columns.find((column) => column.name === name)?.key ?? name))
}

/** A check, of a column or of a table. @internal */
export function renderCheck(
  check: CheckDescription,
  table: TableDescription & ObjectName,
  context: RenderContext,
  callee: string,
  place: ObjectName = table,
): CallNode {
  const columns = mentionedColumns(
    check.expression,
    table.columns.map(({ name }) => name),
  )
  const name = context.declaredName({ kind: 'check', columns, target: undefined }, place, check.name)
  const more = {
    noInherit: flag(check.noInherit),
    notValid: flag(check.notValid),
    enforced: check.enforced ? undefined : text('false'),
    comment: optional(check.comment),
  }
  const hasMore = Object.values(more).some((value) => value !== undefined)
  return call(
    callee,
    sqlSource(check.expression),
    hasMore ? optionsObject({ name: optional(name), ...more }) : optional(name),
  )
}

/** `references(() => users.id, { … })` of a column. @internal */
export function renderReference(
  key: ForeignKeyDescription,
  table: TableDescription,
  context: RenderContext,
): CallNode {
  return call('references', targetArrow(key, context, false), referenceOptions(key, table, table, context))
}

/** `foreignKey([t.a], () => [users.a], { … })`. @internal */
export function renderForeignKey(
  key: ForeignKeyDescription,
  table: TableDescription,
  place: ObjectName,
  context: RenderContext,
): SourceNode {
  const column = columnOfTable(table)
  return call(
    context.use('foreignKey'),
    list(key.columns.map(column)),
    targetArrow(key, context, true),
    referenceOptions(key, table, place, context),
  )
}

function targetArrow(key: ForeignKeyDescription, context: RenderContext, isList: boolean): SourceNode {
  const name = context.use(context.tables.get(slot(key.target)) ?? key.target.name)
  const target = context.description.tables.find((table) => slot(table) === slot(key.target))
  const columns = key.targetColumns.map((column) =>
    text(memberSource(name, target?.columns.find((other) => other.name === column)?.key ?? column)),
  )
  const [first, ...others] = columns
  if (first === undefined || (isList && others.length > 0)) return arrow('()', constList(columns))
  return arrow('()', isList ? list(columns) : first)
}

function referenceOptions(
  key: ForeignKeyDescription,
  table: TableDescription,
  place: ObjectName,
  context: RenderContext,
): SourceNode | undefined {
  const unnamed = { kind: 'foreignKey', columns: key.columns, target: key.target.name } as const
  return optionsObject({
    name: optional(context.declaredName(unnamed, place, key.name)),
    onDelete: key.onDelete === 'no action' ? undefined : string(key.onDelete),
    onDeleteColumns:
      key.onDeleteColumns.length === 0 ? undefined : list(key.onDeleteColumns.map(columnOfTable(table))),
    onUpdate: key.onUpdate === 'no action' ? undefined : string(key.onUpdate),
    match: key.match === 'full' ? string('full') : undefined,
    deferrable: key.deferrable === false ? undefined : literal(key.deferrable),
    notValid: flag(key.notValid),
    enforced: key.enforced ? undefined : text('false'),
    period: flag(key.period),
    comment: optional(key.comment),
  })
}

/** `primaryKey(t.a, t.b)` or `unique(t.a, t.b)`. @internal */
export function renderKey(
  key: KeyDescription,
  kind: 'primaryKey' | 'unique',
  column: ColumnSource,
  place: ObjectName,
  context: RenderContext,
): SourceNode {
  const columns = [...key.columns, ...key.include]
  const name = context.declaredName({ kind, columns, target: undefined }, place, key.name)
  return chain([
    call(context.use(kind), optional(name), ...key.columns.map(column)),
    ...(key.nullsNotDistinct ? [call('nullsNotDistinct')] : []),
    ...(key.withoutOverlaps ? [call('withoutOverlaps')] : []),
    ...indexParts(key, column),
    ...deferrableCall(key.deferrable),
  ])
}

/** `index(t.a, { on: sql`lower(b)`, order: 'desc' })`. @internal */
export function renderIndex(
  index: IndexDescription,
  column: ColumnSource,
  place: ObjectName,
  context: RenderContext,
): SourceNode {
  const columns = [...indexColumnNames(index.keys), ...index.include]
  const name = context.declaredName({ kind: 'index', columns, target: undefined }, place, index.name)
  return chain([
    call(
      context.use('index'),
      optional(name),
      ...index.keys.map((key) => indexKey(key, column, context, {})),
    ),
    ...(index.unique ? [call('unique')] : []),
    ...(index.method === 'btree' ? [] : [call('using', string(index.method))]),
    ...(index.nullsNotDistinct ? [call('nullsNotDistinct')] : []),
    ...(index.where === undefined ? [] : [call('where', sqlSource(index.where))]),
    ...indexParts(index, column),
  ])
}

/** `exclude({ on: t.a, with: '=' })`. @internal */
export function renderExclusion(
  exclusion: ExclusionDescription,
  column: ColumnSource,
  place: ObjectName,
  context: RenderContext,
): SourceNode {
  const columns = [...indexColumnNames(exclusion.keys), ...exclusion.include]
  const name = context.declaredName({ kind: 'exclusion', columns, target: undefined }, place, exclusion.name)
  const keys = exclusion.keys.map((key) => indexKey(key, column, context, { with: string(key.operator) }))
  return chain([
    call(context.use('exclude'), optional(name), ...keys),
    ...(exclusion.method === 'gist' ? [] : [call('using', string(exclusion.method))]),
    ...(exclusion.where === undefined ? [] : [call('where', sqlSource(exclusion.where))]),
    ...indexParts(exclusion, column),
    ...deferrableCall(exclusion.deferrable),
  ])
}

/** One key of an index, exclusion constraint or partition key. @internal */
export function indexKey(
  key: IndexKeyDescription,
  column: ColumnSource,
  context: RenderContext,
  more: Readonly<Record<string, SourceNode>>,
): SourceNode {
  const on = key.column === undefined ? expression(key.expression ?? '', context) : column(key.column)
  const options = {
    order: key.order === 'desc' ? string('desc') : undefined,
    nulls: key.nulls === (key.order === 'desc' ? 'first' : 'last') ? undefined : string(key.nulls),
    collate: reference(key.collation),
    operatorClass: reference(key.operatorClass),
    operatorClassParameters: key.operatorClassParameters && storageSource(key.operatorClassParameters),
    ...more,
  }
  const isPlain = Object.values(options).every((value) => value === undefined)
  return isPlain ? on : (optionsObject({ on, ...options }) ?? on)
}

function expression(sql: string, context: RenderContext): SourceNode {
  context.use('sql')
  return sqlTemplate(sql)
}

function reference(name: NameReference | undefined): SourceNode | undefined {
  if (name === undefined) return undefined
  return name.schema === undefined
    ? string(name.name)
    : optionsObject({ schema: string(name.schema), name: string(name.name) })
}

interface IndexParts {
  readonly include: readonly string[]
  readonly with: StorageParameters
  readonly tablespace: string | undefined
  readonly comment: string | undefined
}

function indexParts(parts: IndexParts, column: ColumnSource): readonly CallNode[] {
  return [
    ...(parts.include.length === 0 ? [] : [call('include', ...parts.include.map(column))]),
    ...(Object.keys(parts.with).length === 0 ? [] : [call('with', storageSource(parts.with))]),
    ...(parts.tablespace === undefined ? [] : [call('tablespace', string(parts.tablespace))]),
    ...(parts.comment === undefined ? [] : [call('comment', string(parts.comment))]),
  ]
}

/** Storage parameters as an object. @internal */
export function storageSource(parameters: StorageParameters): SourceNode {
  const entries = Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, literal(value)]))
  return optionsObject(entries) ?? spreadObject([])
}

function deferrableCall(deferrable: KeyDescription['deferrable']): readonly CallNode[] {
  if (deferrable === false) return []
  return [call('deferrable', deferrable === true ? undefined : string(deferrable))]
}

/** `policy('own', { … })`. @internal */
export function renderPolicy(policy: PolicyDescription, context: RenderContext): SourceNode {
  const options = optionsObject({
    for: policy.command === 'all' ? undefined : string(policy.command),
    to: policy.roles.length === 0 ? undefined : list(policy.roles.map(string)),
    using: policy.using === undefined ? undefined : sqlSource(policy.using),
    withCheck: policy.withCheck === undefined ? undefined : sqlSource(policy.withCheck),
    permissive: policy.permissive ? undefined : text('false'),
    comment: optional(policy.comment),
  })
  return call(context.use('policy'), string(policy.name), options)
}
