import { builtinType } from '../metadata/builtin-type.js'
import type {
  DatabaseDescription,
  DataTypeDescription,
  ForeignKeyDescription,
  IndexDescription,
  ObjectName,
  SqlObjectDescription,
  TableBody,
  TableDescription,
  ViewDescription,
} from '../metadata/description.js'
import type { Metadata } from '../metadata/metadata.js'
import { sqlWords, type SqlWord } from '../metadata/sql-words.js'
import { dependencyOrder } from './dependency-order.js'
import { evidentDependencies } from './evident-dependencies.js'
import { hasLateKeys } from './table-statements.js'
import { sortedTables } from './sorted-tables.js'

/** An object to be created, in the order in which that is possible. */
export type PlannedObject =
  | { readonly kind: 'domain'; readonly object: DatabaseDescription['domains'][number] }
  | { readonly kind: 'enum'; readonly object: DatabaseDescription['enums'][number] }
  | { readonly kind: 'foreignKey'; readonly object: ForeignKeyDescription; readonly table: TableBody }
  | { readonly kind: 'indexes' | 'policies'; readonly object: TableDescription }
  | { readonly kind: 'object'; readonly object: SqlObjectDescription }
  | { readonly kind: 'sequence' | 'sequenceOwner'; readonly object: DatabaseDescription['sequences'][number] }
  | {
      readonly kind: 'table'
      readonly object: TableDescription
      readonly inline: readonly ForeignKeyDescription[]
    }
  | { readonly kind: 'view'; readonly object: ViewDescription }

/** The order of kinds where no dependency says otherwise. */
const PHASES = ['type', 'sequence', 'routine', 'table', 'indexes', 'view', 'late', 'policies'] as const

type Phase = (typeof PHASES)[number]

const PHASE_OF_RAW_KIND: Readonly<Record<string, Phase>> = {
  type: 'type',
  collation: 'type',
  operator: 'routine',
  'operator class': 'routine',
  'operator family': 'routine',
  function: 'routine',
  procedure: 'routine',
  server: 'type',
  'foreign table': 'table',
  aggregate: 'late',
  trigger: 'late',
  rule: 'late',
  statistics: 'late',
}

interface Node {
  readonly planned: PlannedObject
  readonly phase: Phase
  readonly name: ObjectName | undefined
  /** Whether its name in SQL text can mean it. A trigger is only ever named where it is made. */
  readonly isMentionable: boolean
  /** SQL text in which to look for names. */
  readonly texts: readonly string[]
  /** Whether its texts can mention tables and views, or only types and routines. */
  readonly seesTables: boolean
  readonly requires: readonly RequiredName[]
}

/** The name of something that must be there before; without a schema, in whichever schema it is. */
interface RequiredName {
  readonly schema: string | undefined
  readonly name: string
}

/**
 * Orders everything in a metadata so that each object is created after those it needs. Pure.
 *
 * What needs what is read from the declarations, and for SQL text from the names that occur in it outside strings: a
 * view comes after the tables and functions that it mentions, a table after the functions in its defaults. A name can
 * also be that of a column, an alias or a common table expression: it counts for less where no table is expected, and for
 * nothing where the rest says otherwise. Foreign keys
 * order the tables; one that would close a cycle is planned for itself, after all tables.
 *
 * @param metadata - The declared shape.
 * @returns Every object once; in reverse, the order for dropping.
 * @internal
 */
export function ddlPlan(metadata: Metadata): readonly PlannedObject[] {
  const { description } = metadata
  const tables = sortedTables(metadata)
  const nodes = [
    ...description.enums.map((object) => plainNode({ kind: 'enum', object }, 'type', [])),
    ...description.domains.map(domainNode),
    ...description.sequences.flatMap(sequenceNodes),
    ...tables.flatMap(tableNodes),
    ...description.views.map(viewNode),
    ...description.objects.map(rawNode),
  ]
  const rank = (node: Node): number => PHASES.indexOf(node.phase)
  const preferred = nodes.toSorted((left, right) => rank(left) - rank(right))
  const dependenciesOf = evidentDependencies(preferred, dependencyFinders(nodes))
  const ordered = dependencyOrder(preferred, dependenciesOf).map((node) => node.planned)
  return withForeignKeys(ordered)
}

function plainNode(
  planned: PlannedObject & { readonly object: ObjectName },
  phase: Phase,
  texts: readonly string[],
): Node {
  return { planned, phase, name: planned.object, texts, isMentionable: true, seesTables: false, requires: [] }
}

function domainNode(object: DatabaseDescription['domains'][number]): Node {
  const texts = [...object.checks.map((check) => check.expression), object.default ?? '', object.type.name]
  return { ...plainNode({ kind: 'domain', object }, 'type', texts), requires: typesOf([object]) }
}

function sequenceNodes(object: DatabaseDescription['sequences'][number]): readonly Node[] {
  const node = plainNode({ kind: 'sequence', object }, 'sequence', [])
  if (object.ownedBy === undefined) return [node]
  const owner = plainNode({ kind: 'sequenceOwner', object }, 'late', [])
  return [node, { ...owner, name: undefined, isMentionable: false, requires: [object, object.ownedBy.table] }]
}

function tableNodes(object: TableDescription): readonly Node[] {
  const { columns, checks, exclusions, partitionBy } = object
  const texts = [
    ...columns.flatMap((column) => [
      column.default ?? '',
      column.generated?.expression ?? '',
      column.type.name,
    ]),
    ...checks.map((check) => check.expression),
    ...exclusions.flatMap(indexTexts),
    ...(partitionBy?.keys ?? []).map((key) => key.expression ?? ''),
  ]
  const policyTexts = object.policies.flatMap(({ using, withCheck }) => [using ?? '', withCheck ?? ''])
  const part = { name: undefined, isMentionable: false, seesTables: false, requires: [object] }
  return [
    { ...plainNode({ kind: 'table', object, inline: [] }, 'table', texts), requires: typesOf(columns) },
    {
      ...part,
      planned: { kind: 'indexes', object },
      phase: 'indexes',
      texts: object.indexes.flatMap(indexTexts),
    },
    { ...part, planned: { kind: 'policies', object }, phase: 'policies', texts: policyTexts },
  ]
}

function indexTexts({ keys, where }: Pick<IndexDescription, 'keys' | 'where'>): readonly string[] {
  return [where ?? '', ...keys.map((key) => key.expression ?? '')]
}

/** Types that are declared, and types by name alone: such a one can be the row of a table. */
function typesOf(columns: readonly { readonly type: DataTypeDescription }[]): readonly RequiredName[] {
  return columns.flatMap(({ type: { schema, name } }) => {
    if (schema !== undefined) return [{ schema, name }]
    if (builtinType(name) !== undefined) return []
    return sqlWords(name).map((word) => ({ schema: word.qualifier, name: word.name }))
  })
}

function viewNode(object: ViewDescription): Node {
  const node = plainNode({ kind: 'view', object }, 'view', [object.query])
  return { ...node, seesTables: true, requires: object.dependsOn }
}

function rawNode(object: SqlObjectDescription): Node {
  const phase = PHASE_OF_RAW_KIND[object.kind] ?? 'late'
  const requires = [...object.dependsOn, ...(object.table === undefined ? [] : [object.table])]
  const node = plainNode({ kind: 'object', object }, phase, object.create)
  return { ...node, seesTables: true, requires, isMentionable: object.table === undefined }
}

/** What is declared; what is mentioned where an object of its kind is expected; what is mentioned at all. */
function dependencyFinders(nodes: readonly Node[]): readonly ((node: Node) => readonly Node[])[] {
  const byName = new Map<string, Node[]>()
  for (const node of nodes) {
    if (node.name === undefined) continue
    const same = byName.get(node.name.name)
    if (same === undefined) byName.set(node.name.name, [node])
    else same.push(node)
  }
  const find = (name: string, schema: string | undefined): readonly Node[] =>
    (byName.get(name) ?? []).filter((node) => schema === undefined || node.name?.schema === schema)
  const mentions = new Map(nodes.map((node) => [node, mentionsOf(node, find)]))
  const mentioned = (node: Node, isLikely: boolean): readonly Node[] =>
    (mentions.get(node) ?? []).flatMap((mention) => (mention.isLikely === isLikely ? [mention.node] : []))
  return [
    (node) =>
      node.requires.flatMap(({ schema, name }) => find(name, schema)).filter((other) => other !== node),
    (node) => mentioned(node, true),
    (node) => mentioned(node, false),
  ]
}

interface Mention {
  readonly node: Node
  /** Whether it stands where an object of its kind is expected, and nothing nearer has its name. */
  readonly isLikely: boolean
}

function mentionsOf(
  node: Node,
  find: (name: string, schema: string | undefined) => readonly Node[],
): readonly Mention[] {
  return node.texts.flatMap((text) => {
    const words = sqlWords(text)
    const commonTables = new Set(words.flatMap((word) => (word.isCommonTable ? [word.name] : [])))
    return words.flatMap((word) => {
      // A qualifier can be a schema, or a table or alias before a column.
      const exact = find(word.name, word.qualifier)
      const isHidden = word.qualifier === undefined && commonTables.has(word.name)
      return (exact.length > 0 ? exact : find(word.name, undefined))
        .filter(
          (other) => other !== node && other.isMentionable && (node.seesTables || isTypeOrRoutine(other)),
        )
        .map((other) => ({ node: other, isLikely: isExpected(other, word) && !isHidden }))
    })
  })
}

function isExpected({ phase }: Node, { isCall, isRelation }: SqlWord): boolean {
  if (phase === 'type') return true
  return phase === 'routine' ? isCall : isRelation
}

/** Column names in a table's own expressions often are names of other tables; none of them is a dependency. */
function isTypeOrRoutine({ phase }: Node): boolean {
  return phase === 'type' || phase === 'routine'
}

/** Decides which foreign keys can be inline, now that the tables have an order, and puts the others after all indexes. */
function withForeignKeys(ordered: readonly PlannedObject[]): readonly PlannedObject[] {
  const created = new Map<string, TableDescription>()
  const late: PlannedObject[] = []
  const result: PlannedObject[] = []
  const lastIndexes = ordered.findLastIndex((planned) => planned.kind === 'indexes')
  for (const [position, planned] of ordered.entries()) {
    if (planned.kind === 'table') {
      const { object } = planned
      created.set(slot(object), object)
      const inline = object.foreignKeys.filter((key) => canBeInline(key, created.get(slot(key.target))))
      late.push(...lateKeys(object, inline))
      result.push({ ...planned, inline })
    } else {
      result.push(planned)
    }
    if (position === lastIndexes) result.push(...late)
  }
  return result
}

/**
 * NOT VALID counts only in ALTER TABLE; and the target's key must exist by then, which it does not if it is an index of
 * its own or is added to a partitioned table afterwards.
 */
function canBeInline(key: ForeignKeyDescription, target: TableDescription | undefined): boolean {
  if (key.notValid || target === undefined || hasLateKeys(target)) return false
  const keys = [...(target.primaryKey === undefined ? [] : [target.primaryKey]), ...target.uniques]
  const wanted = key.targetColumns.toSorted().join('\0')
  return keys.some(({ columns }) => columns.toSorted().join('\0') === wanted)
}

function lateKeys(table: TableBody, inline: readonly ForeignKeyDescription[]): readonly PlannedObject[] {
  return [
    ...table.foreignKeys
      .filter((key) => !inline.includes(key))
      .map((object) => ({ kind: 'foreignKey', object, table }) as const),
    ...table.partitions.flatMap((partition) => lateKeys(partition, [])),
  ]
}

function slot({ schema, name }: ObjectName): string {
  return `${schema}\0${name}`
}
