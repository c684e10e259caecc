import { builtinType } from '../metadata/builtin-type.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import type {
  CheckDescription,
  ColumnDescription,
  DataTypeDescription,
  ForeignKeyDescription,
  KeyDescription,
  OwnedSequenceDescription,
  SequenceSettings,
  TableDescription,
} from '../metadata/description.js'
import { renderCheck, renderReference } from './render-constraint.js'
import type { RenderContext } from './render-context.js'
import {
  call,
  chain,
  flag,
  literal,
  optional,
  optionsObject,
  sqlSource,
  sqlTemplate,
  string,
  text,
  type CallNode,
  type SourceNode,
} from './source-node.js'

/** The constraints that stand on one column, and are declared there. */
export interface ColumnParts {
  readonly primaryKey: KeyDescription | undefined
  readonly uniques: readonly KeyDescription[]
  readonly checks: readonly CheckDescription[]
  readonly foreignKey: ForeignKeyDescription | undefined
}

/** A column of a table. @internal */
export function renderColumn(
  column: ColumnDescription,
  parts: ColumnParts,
  table: TableDescription,
  context: RenderContext,
): SourceNode {
  const { primaryKey, uniques, checks, foreignKey } = parts
  const isNotNullAlready =
    primaryKey !== undefined || column.identity !== undefined || column.serial !== undefined
  const name = (kind: 'primaryKey' | 'unique', key: KeyDescription): SourceNode | undefined =>
    optional(context.declaredName({ kind, columns: key.columns, target: undefined }, table, key.name))
  return chain([
    ...beginning(column, table, context),
    ...when(column.collation, ({ schema, name: collation }) =>
      call('collate', string(collation), optional(schema)),
    ),
    ...(column.notNull && (!isNotNullAlready || column.notNullName !== undefined)
      ? [call('notNull', optional(column.notNullName))]
      : []),
    ...valueCalls(column, table, context),
    ...(primaryKey === undefined ? [] : [call('primaryKey', name('primaryKey', primaryKey))]),
    ...uniques.map((key) => call('unique', name('unique', key))),
    ...checks.map((check) => renderCheck(check, table, context, 'check')),
    ...when(column.storage, (storage) => call('storage', string(storage))),
    ...when(column.compression, (method) => call('compression', string(method))),
    ...when(column.statistics, (target) => call('statistics', literal(target))),
    ...when(column.comment, (comment) => call('comment', string(comment))),
    ...when(column.renamedFrom, (former) => call('renamedFrom', string(former))),
    ...(column.key === column.name ? [] : [call('named', string(column.name))]),
    ...(foreignKey === undefined ? [] : [renderReference(foreignKey, table, context)]),
  ])
}

/** A column of a view, or the base of a domain. @internal */
export function renderType(type: DataTypeDescription, context: RenderContext): readonly CallNode[] {
  const arrays = Array.from({ length: type.dimensions }, () => call('array'))
  if (type.kind !== 'builtin') return [call(context.typeName(type)), ...arrays]
  const builtin = builtinType(type.name)
  if (builtin === undefined) return [call(context.use('type'), string(type.name)), ...arrays]
  const variant = builtin.builder === 'bigint' ? { number: 'bigintNumber', string: 'bigintString' } : {}
  const builder = (variant as Readonly<Record<string, string>>)[type.readAs] ?? builtin.builder
  const parameters = builtin.parameters.map((value) =>
    value === undefined ? text('undefined') : literal(value),
  )
  // `char()` and `bit()` have a length of 1, `numeric(10)` a scale of 0.
  const isUsual = parameters.length === 1 && builtin.parameters[0] === 1 && ['char', 'bit'].includes(builder)
  return [call(context.use(builder), ...(isUsual ? [] : parameters)), ...arrays]
}

const SERIALS: Readonly<Record<string, string>> = {
  bigint: 'bigserial',
  integer: 'serial',
  smallint: 'smallserial',
}

function beginning(
  column: ColumnDescription,
  table: TableDescription,
  context: RenderContext,
): readonly CallNode[] {
  const builder = SERIALS[column.type.name]
  if (column.serial === undefined || builder === undefined) return renderType(column.type, context)
  return [call(context.use(builder), ownedOptions(column.serial, table.name, column.name))]
}

function valueCalls(
  column: ColumnDescription,
  table: TableDescription,
  context: RenderContext,
): readonly CallNode[] {
  const { identity, generated } = column
  if (identity !== undefined) {
    const method = identity.generation === 'always' ? 'identityAlways' : 'identity'
    return [call(method, ownedOptions(identity.sequence, table.name, column.name))]
  }
  if (generated !== undefined) {
    const kind = generated.kind === 'stored' ? undefined : string(generated.kind)
    return [call('generatedAs', sqlSource(generated.expression), kind)]
  }
  return column.default === undefined
    ? []
    : [call('default', defaultSource(column.default, column.type, context))]
}

/** Numbers, booleans and plain texts as values, everything else as SQL. @internal */
export function defaultSource(sql: string, type: DataTypeDescription, context: RenderContext): SourceNode {
  const isScalar = type.dimensions === 0
  if (isScalar && type.readAs === 'boolean' && /^(true|false)$/.test(sql)) return text(sql)
  const isNumber = type.readAs === 'number' || type.readAs === 'bigint'
  if (isScalar && isNumber && /^\d{1,15}$/.test(sql) && String(Number(sql)) === sql) return text(sql)
  const plain = /^'(?<value>(?:[^'\\]|'')*)'::(?<cast>[^']+)$/.exec(sql)?.groups as
    { readonly value: string; readonly cast: string } | undefined
  const isOwnType = plain !== undefined && (type.kind === 'enum' || bare(plain.cast) === bare(type.name))
  if (isScalar && type.readAs === 'string' && plain !== undefined && isOwnType && !plain.cast.includes('['))
    return string(plain.value.replaceAll("''", "'"))
  context.use('sql')
  return sqlTemplate(sql)
}

function bare(type: string): string {
  return type.replace(/\(.*?\)/, '')
}

function ownedOptions(
  sequence: OwnedSequenceDescription,
  table: string,
  column: string,
): SourceNode | undefined {
  const isUsual = sequence.name === defaultObjectName(table, column, 'seq')
  return optionsObject({ name: isUsual ? undefined : string(sequence.name), ...sequenceValues(sequence) })
}

/** How a sequence counts, as options. @internal */
export function sequenceValues(settings: SequenceSettings): Readonly<Record<string, SourceNode | undefined>> {
  return {
    start: optional(settings.start),
    increment: optional(settings.increment),
    minValue: optional(settings.minValue),
    maxValue: optional(settings.maxValue),
    cache: optional(settings.cache),
    cycle: flag(settings.cycle),
  }
}

function when<V>(value: V | undefined, render: (value: V) => CallNode): readonly CallNode[] {
  return value === undefined ? [] : [render(value)]
}
