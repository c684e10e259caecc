import { quoteQualified } from '../foundation/quote-identifier.js'
import type {
  DomainDescription,
  EnumDescription,
  ExtensionDescription,
  ObjectName,
  SequenceDescription,
  SqlObjectDescription,
  ViewDescription,
} from '../metadata/description.js'
import { defaultSource, renderType, sequenceValues } from './render-column.js'
import { renderIndex, storageSource } from './render-constraint.js'
import { slot, type RenderContext } from './render-context.js'
import {
  arrow,
  call,
  chain,
  flag,
  list,
  memberSource,
  optional,
  optionsObject,
  quoted,
  sqlSource,
  spreadObject,
  string,
  templateText,
  text,
  type CallNode,
  type SourceNode,
} from './source-node.js'

/** `enumType('mood', ['sad', 'happy'])`. @internal */
export function renderEnum(type: EnumDescription, context: RenderContext): SourceNode {
  const options = optionsObject({
    schema: optional(context.schemaOf(type.schema)),
    comment: optional(type.comment),
  })
  return call(context.use('enumType'), string(type.name), list(type.values.map(string)), options)
}

/** `domain('year', integer().check('VALUE > 1900'))`. @internal */
export function renderDomain(domain: DomainDescription, context: RenderContext): SourceNode {
  const { schema, name, collation } = domain
  const isUsual = domain.checks.length === 1 && domain.checks[0]?.name === `${name}_check`
  const base = chain([
    ...renderType(domain.type, context),
    ...(domain.notNull ? [call('notNull', optional(domain.notNullName))] : []),
    ...(domain.default === undefined
      ? []
      : [call('default', defaultSource(domain.default, domain.type, context))]),
    ...(collation === undefined ? [] : [call('collate', string(collation.name), optional(collation.schema))]),
    ...domain.checks.map((check): CallNode => {
      const checkName = isUsual ? undefined : string(check.name)
      const options = check.notValid ? optionsObject({ name: checkName, notValid: text('true') }) : checkName
      return call('check', sqlSource(check.expression), options)
    }),
  ])
  const options = optionsObject({
    schema: optional(context.schemaOf(schema)),
    comment: optional(domain.comment),
  })
  return call(context.use('domain'), string(name), base, options)
}

/** `sequence('numbers', { … })`. @internal */
export function renderSequence(sequence: SequenceDescription, context: RenderContext): SourceNode {
  const { ownedBy } = sequence
  const owner = ownedBy && context.use(context.tables.get(slot(ownedBy.table)) ?? ownedBy.table.name)
  const options = optionsObject({
    schema: optional(context.schemaOf(sequence.schema)),
    dataType: optional(sequence.dataType),
    ...sequenceValues(sequence),
    unlogged: flag(sequence.unlogged),
    ownedBy: owner === undefined ? undefined : arrow('()', text(memberSource(owner, ownedBy?.column ?? ''))),
    comment: optional(sequence.comment),
  })
  return call(context.use('sequence'), string(sequence.name), options)
}

/** `extension('citext', { … })`. @internal */
export function renderExtension(extension: ExtensionDescription, context: RenderContext): SourceNode {
  const options = optionsObject({
    schema: optional(extension.schema),
    version: optional(extension.version),
    cascade: flag(extension.cascade),
    comment: optional(extension.comment),
  })
  return call(context.use('extension'), string(extension.name), options)
}

/** `view('names', { … }, `select …`)`. @internal */
export function renderView(view: ViewDescription, context: RenderContext): SourceNode {
  const isMaterialized = view.kind === 'materializedView'
  const callee = context.use(isMaterialized ? 'materializedView' : 'view')
  const column = (name: string): SourceNode => text(`column(${quoted(name)})`)
  const indexes = view.indexes.map((index) => renderIndex(index, column, view, context))
  const options = optionsObject({
    schema: optional(context.schemaOf(view.schema)),
    columns: view.columns.length === 0 ? undefined : list(view.columns.map(string)),
    with: Object.keys(view.with).length === 0 ? undefined : storageSource(view.with),
    checkOption: optional(view.checkOption),
    withData: isMaterialized && !view.withData ? text('false') : undefined,
    tablespace: optional(view.tablespace),
    method: optional(view.method),
    indexes: indexes.length === 0 ? undefined : arrow('(column)', list(indexes)),
    dependsOn: dependencies(view.dependsOn),
    comment: optional(view.comment),
  })
  const columns = (view.row ?? []).map((row) => ({
    key: row.key,
    value: chain([
      ...renderType(row.type, context),
      ...(row.notNull ? [call('notNull')] : []),
      ...(row.key === row.name ? [] : [call('named', string(row.name))]),
    ]),
  }))
  const row = view.row === undefined ? undefined : spreadObject(columns)
  const head = view.row === undefined ? `${callee}<Record<string, unknown>>` : callee
  return call(head, string(view.name), row, sqlSource(view.query), options)
}

/** `sqlObject({ kind: 'function', … })`. @internal */
export function renderSqlObject(object: SqlObjectDescription, context: RenderContext): SourceNode {
  const { table } = object
  const on = table && context.tables.get(slot(table))
  const schema = table === undefined ? object.schema : undefined
  const write = (sql: string): SourceNode => movingSql(sql, object, on, context)
  const [first = '', ...more] = object.create
  return call(
    context.use('sqlObject'),
    spreadObject(
      Object.entries({
        kind: string(object.kind),
        name: string(object.name),
        schema: schema === undefined ? undefined : optional(context.schemaOf(schema)),
        arguments: optional(object.arguments),
        on: on === undefined ? undefined : text(context.use(on)),
        create: more.length === 0 ? write(first) : list(object.create.map(write)),
        drop: object.drop === undefined ? undefined : write(object.drop),
        dependsOn: dependencies(object.dependsOn),
      }).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value }])),
    ),
  )
}

/** SQL whose first mention of the object, or of its table, follows the metadata's schema. */
function movingSql(
  sql: string,
  object: SqlObjectDescription,
  on: string | undefined,
  context: RenderContext,
): SourceNode {
  const { table } = object
  const own = table !== undefined && on !== undefined ? { target: table, source: on } : undefined
  const candidates = [
    ...(own === undefined ? [] : [own]),
    { target: { schema: object.schema, name: object.name }, source: quoted(object.name) },
  ]
  for (const { target, source } of candidates) {
    const anchor = quoteQualified(target.schema, target.name)
    const at = target.schema === context.schema ? sql.indexOf(anchor) : -1
    if (at === -1) continue
    const [before, after] = [sql.slice(0, at), sql.slice(at + anchor.length)]
    return arrow(
      '(name)',
      text(`\`${templateText(before)}\${name(${source})}${templateText(after)}\``, false),
    )
  }
  return sql.includes("'") || sql.length > 60 ? text(`\`${templateText(sql)}\``, false) : string(sql)
}

/** Names are enough to order by, so no declaration is imported. */
function dependencies(names: readonly ObjectName[]): SourceNode | undefined {
  if (names.length === 0) return undefined
  return list(
    names.map(({ schema, name }) => {
      const def = optionsObject({ name: string(name), schema: string(schema) })
      return optionsObject({ def }) ?? text('')
    }),
  )
}
