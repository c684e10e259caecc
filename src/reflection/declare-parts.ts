import type {
  CheckDefinition,
  ColumnDefinition,
  Deferrable,
  ReferenceAction,
} from '../metadata/column-definition.js'
import { defaultObjectName } from '../metadata/default-object-name.js'
import type {
  ExclusionDefinition,
  ForeignKeyDefinition,
  IndexDefinition,
  IndexKeyDefinition,
  KeyDefinition,
  PolicyDefinition,
  TableExtraDefinition,
} from '../metadata/table-extra.js'
import type { CatalogIndex } from './catalog-index.js'
import type { ConstraintRow, IndexRow, PolicyRow, RelationRow } from './catalog-rows.js'
import { firstList, keyTail, splitKey, storageParameters, withoutParentheses } from './printed-sql.js'

/** A table or partition whose parts are declared, and the columns they are over. */
export interface PartOwner {
  readonly relation: RelationRow
  /** By name, bound to their table; a partition has those of its table. */
  readonly column: (name: string) => ColumnDefinition
  readonly index: CatalogIndex
}

const ACTIONS: Readonly<Record<string, ReferenceAction>> = {
  a: 'no action',
  c: 'cascade',
  d: 'set default',
  n: 'set null',
  r: 'restrict',
}
const COMMANDS = { '*': 'all', a: 'insert', d: 'delete', r: 'select', w: 'update' } as const

/**
 * Declares the constraints, indexes and policies of a table or partition, as far as they are its own and not what the
 * server makes by itself for a partition.
 *
 * @param owner - The table or partition.
 * @returns What goes into the third parameter of `table()`.
 * @internal
 */
export function declareParts(owner: PartOwner): readonly TableExtraDefinition[] {
  const { relation, index } = owner
  const constraints = index.constraints.get(relation.oid) ?? []
  const indexes = index.indexes.get(relation.oid) ?? []
  return [
    ...constraints.flatMap((row) => constraintPart(row, owner) ?? []),
    ...indexes
      .filter((row) => !row.hasConstraint && !isMadeByServer(row, owner))
      .map((row) => indexPart(row, owner)),
    ...(index.policies.get(relation.oid) ?? []).map(policyPart),
  ]
}

/**
 * Whether a foreign key can be declared: it is the table's own and leads to a table of the metadata, not to a
 * partition, which has no declaration of its own.
 *
 * @internal
 */
export function isDeclarable(row: ConstraintRow, index: CatalogIndex): boolean {
  return row.target === null || index.relations.get(row.target)?.isPartition === false
}

function constraintPart(row: ConstraintRow, owner: PartOwner): TableExtraDefinition | undefined {
  switch (row.kind) {
    case 'c':
      // A table that inherits is declared with all it has, and made an heir afterwards.
      return row.isInherited && owner.relation.isPartition ? undefined : checkPart(row)
    case 'f':
      return row.isInherited || !isDeclarable(row, owner.index) ? undefined : foreignKeyPart(row, owner)
    case 'n':
      return undefined
    default:
      return indexedPart(row, owner)
  }
}

function indexedPart(row: ConstraintRow, owner: PartOwner): TableExtraDefinition | undefined {
  const index = row.index === null ? undefined : owner.index.indexByOid.get(row.index)
  if (index === undefined || isMadeByServer(index, owner)) return undefined
  if (row.kind === 'x') return exclusionPart(row, index, owner)
  return row.kind === 'p' ? keyPart('primaryKey', row, index, owner) : keyPart('unique', row, index, owner)
}

/** Whether the server gives a partition this index, under this name, for that of its parent. */
function isMadeByServer(row: IndexRow, { relation }: PartOwner): boolean {
  if (row.parent === null) return false
  const label = row.hasConstraint ? (row.isPrimary ? 'pkey' : 'key') : 'idx'
  const columns = label === 'pkey' ? undefined : row.attributes.join('_')
  return row.name === defaultObjectName(relation.name, columns, label) && row.comment === null
}

function names(positions: readonly number[], { relation, index, column }: PartOwner): ColumnDefinition[] {
  return positions.flatMap((position) => {
    const row = index.column(relation.oid, position)
    return row === undefined ? [] : [column(row.name)]
  })
}

function included(index: IndexRow, owner: PartOwner): ColumnDefinition[] {
  return names(index.columns.slice(index.keys.length), owner)
}

function keyPart<K extends KeyDefinition['kind']>(
  kind: K,
  row: ConstraintRow,
  index: IndexRow,
  owner: PartOwner,
): KeyDefinition<K> {
  return {
    kind,
    name: row.name,
    columns: names(row.columns, owner),
    include: included(index, owner),
    nullsNotDistinct: index.isNullsNotDistinct,
    withoutOverlaps: row.hasPeriod,
    deferrable: deferrable(row),
    with: storageParameters(index.options),
    tablespace: index.tablespace ?? undefined,
    comment: row.comment ?? undefined,
  }
}

function exclusionPart(row: ConstraintRow, index: IndexRow, owner: PartOwner): ExclusionDefinition {
  return {
    kind: 'exclusion',
    name: row.name,
    keys: indexKeys(index, owner).map((key, position) => ({
      ...key,
      operator: row.operators[position] ?? '=',
    })),
    method: index.method,
    where: index.predicate === null ? undefined : withoutParentheses(index.predicate),
    include: included(index, owner),
    deferrable: deferrable(row),
    with: storageParameters(index.options),
    tablespace: index.tablespace ?? undefined,
    comment: row.comment ?? undefined,
  }
}

function checkPart(row: ConstraintRow): CheckDefinition {
  return {
    kind: 'check',
    name: row.name,
    expression: withoutParentheses(row.expression ?? ''),
    noInherit: row.isNoInherit,
    // A check that is not enforced is never valid either.
    notValid: !row.isValid && row.isEnforced,
    enforced: row.isEnforced,
    comment: row.comment ?? undefined,
  }
}

function foreignKeyPart(row: ConstraintRow, owner: PartOwner): ForeignKeyDefinition {
  const target = row.target ?? ''
  const { index } = owner
  return {
    kind: 'foreignKey',
    columns: names(row.columns, owner),
    // Called when the metadata is made, when all tables have been declared.
    target: () => row.targetColumns.map((position) => index.declaredColumn(target, position)),
    options: {
      name: row.name,
      onDelete: ACTIONS[row.onDelete],
      onDeleteColumns: names(row.onDeleteColumns, owner).map((def) => ({ def })),
      onUpdate: ACTIONS[row.onUpdate],
      match: row.match === 'f' ? 'full' : 'simple',
      deferrable: deferrable(row),
      notValid: !row.isValid && row.isEnforced,
      enforced: row.isEnforced,
      period: row.hasPeriod,
      comment: row.comment ?? undefined,
    },
  }
}

function deferrable(row: ConstraintRow): Deferrable {
  if (!row.isDeferrable) return false
  return row.isDeferred ? 'initially deferred' : true
}

/** An index of a table, partition or materialized view. @internal */
export function indexPart(row: IndexRow, owner: PartOwner): IndexDefinition {
  return {
    kind: 'index',
    name: row.name,
    keys: indexKeys(row, owner),
    unique: row.isUnique,
    method: row.method,
    where: row.predicate === null ? undefined : withoutParentheses(row.predicate),
    include: included(row, owner),
    nullsNotDistinct: row.isNullsNotDistinct,
    with: storageParameters(row.options),
    tablespace: row.tablespace ?? undefined,
    comment: row.comment ?? undefined,
  }
}

function indexKeys(row: IndexRow, owner: PartOwner): IndexKeyDefinition[] {
  const printed = firstList(row.definition)
  return row.keys.map((key, at) => {
    const [column] = names([row.columns[at] ?? 0], owner)
    return {
      column,
      expression: column === undefined ? withoutParentheses(key) : undefined,
      ...tailOf((printed[at] ?? key).slice(key.length)),
    }
  })
}

/** What a table is partitioned by. @internal */
export function partitionKey(
  printed: string,
  owner: PartOwner,
): Extract<TableExtraDefinition, { kind: 'partitionBy' }> {
  const strategy = printed.slice(0, printed.indexOf(' ')).toLowerCase() as 'hash' | 'list' | 'range'
  const columns = new Map(
    (owner.index.columns.get(owner.relation.oid) ?? []).map((row) => [row.quoted, row.name]),
  )
  const keys = firstList(printed).map((item) => {
    const { head, tail } = splitKey(item)
    const name = columns.get(head)
    return {
      column: name === undefined ? undefined : owner.column(name),
      expression: name === undefined ? withoutParentheses(head) : undefined,
      ...tailOf(tail),
    }
  })
  return { kind: 'partitionBy', strategy, keys }
}

function tailOf(
  text: string,
): Pick<IndexKeyDefinition, 'collation' | 'nulls' | 'operatorClass' | 'operatorClassParameters' | 'order'> {
  const bare = { collation: undefined, operatorClass: undefined, operatorClassParameters: undefined }
  return keyTail(text) ?? { ...bare, order: undefined, nulls: undefined }
}

function policyPart(row: PolicyRow): PolicyDefinition {
  const isPublic = row.roles.length === 1 && row.roles[0] === 'public'
  return {
    kind: 'policy',
    name: row.name,
    command: COMMANDS[row.command],
    permissive: row.isPermissive,
    roles: isPublic ? [] : row.roles,
    using: row.using === null ? undefined : withoutParentheses(row.using),
    withCheck: row.withCheck === null ? undefined : withoutParentheses(row.withCheck),
    comment: row.comment ?? undefined,
  }
}
