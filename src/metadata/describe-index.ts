import { clipIdentifier } from './clip-identifier.js'
import { columnName, ownColumnNames, type DescribeContext } from './describe-context.js'
import type {
  ExclusionDescription,
  IndexDescription,
  IndexKeyDescription,
  KeyDescription,
  ObjectName,
} from './description.js'
import type {
  ExclusionDefinition,
  IndexDefinition,
  IndexKeyDefinition,
  KeyDefinition,
} from './table-extra.js'
import type { UnnamedObject } from './naming-convention.js'

/** A table or partition whose parts are being described. */
export interface Described {
  readonly place: ObjectName
  /** What its columns carry as their owner. */
  readonly owner: object | undefined
  readonly context: DescribeContext
}

/**
 * Describes one key of an index. Pure.
 *
 * @param key - As it was declared.
 * @param subject - Its table.
 * @param what - The index, for messages.
 * @returns Its description, with PostgreSQL's default order filled in.
 * @throws {@link ConfigurationError} if its column belongs to another table.
 * @internal
 */
export function describeIndexKey(
  key: IndexKeyDefinition,
  subject: Described,
  what: string,
): IndexKeyDescription {
  const order = key.order ?? 'asc'
  return {
    column: key.column === undefined ? undefined : ownColumnNames([key.column], subject.owner, what)[0],
    expression: key.expression,
    order,
    nulls: key.nulls ?? (order === 'asc' ? 'last' : 'first'),
    collation: key.collation,
    operatorClass: key.operatorClass,
    operatorClassParameters: key.operatorClassParameters && { ...key.operatorClassParameters },
  }
}

/**
 * Describes an index. Takes its name.
 *
 * @param index - As it was declared.
 * @param subject - Its table.
 * @returns Its description.
 * @throws {@link ConfigurationError} if a column belongs to another table.
 * @internal
 */
export function describeIndex(index: IndexDefinition, subject: Described): IndexDescription {
  const what = `An index of ${subject.place.name}`
  const keys = index.keys.map((key) => describeIndexKey(key, subject, what))
  const include = ownColumnNames(index.include, subject.owner, what)
  return {
    name: partName(index.name, 'index', subject, [...keyNames(index.keys), ...include]),
    keys,
    unique: index.unique,
    method: index.method,
    where: index.where,
    include,
    nullsNotDistinct: index.nullsNotDistinct,
    with: { ...index.with },
    tablespace: index.tablespace,
    comment: index.comment,
  }
}

/**
 * Describes a primary key or unique constraint. Takes its name.
 *
 * @param key - As it was declared.
 * @param subject - Its table.
 * @returns Its description.
 * @throws {@link ConfigurationError} if a column belongs to another table.
 * @internal
 */
export function describeKey(key: KeyDefinition, subject: Described): KeyDescription {
  const what = `A ${key.kind === 'unique' ? 'unique constraint' : 'primary key'} of ${subject.place.name}`
  const columns = ownColumnNames(key.columns, subject.owner, what)
  const include = ownColumnNames(key.include, subject.owner, what)
  return {
    name: partName(key.name, key.kind, subject, [...columns, ...include]),
    columns,
    include,
    nullsNotDistinct: key.nullsNotDistinct,
    withoutOverlaps: key.withoutOverlaps,
    deferrable: key.deferrable,
    with: { ...key.with },
    tablespace: key.tablespace,
    comment: key.comment,
  }
}

/**
 * Describes an exclusion constraint. Takes its name.
 *
 * @param exclusion - As it was declared.
 * @param subject - Its table.
 * @returns Its description.
 * @throws {@link ConfigurationError} if a column belongs to another table.
 * @internal
 */
export function describeExclusion(exclusion: ExclusionDefinition, subject: Described): ExclusionDescription {
  const what = `An exclusion constraint of ${subject.place.name}`
  const include = ownColumnNames(exclusion.include, subject.owner, what)
  return {
    name: partName(exclusion.name, 'exclusion', subject, [...keyNames(exclusion.keys), ...include]),
    keys: exclusion.keys.map((key) => ({
      ...describeIndexKey(key, subject, what),
      operator: key.operator,
    })),
    method: exclusion.method,
    where: exclusion.where,
    include,
    deferrable: exclusion.deferrable,
    with: { ...exclusion.with },
    tablespace: exclusion.tablespace,
    comment: exclusion.comment,
  }
}

/**
 * Gives a constraint or index its name: the declared one, which was claimed before, or one by the convention.
 *
 * @param name - The declared name.
 * @param kind - What it is.
 * @param subject - Its table.
 * @param columns - The columns it is over.
 * @param target - The table a foreign key points at.
 * @returns The name as the catalog will hold it.
 * @internal
 */
export function partName(
  name: string | undefined,
  kind: UnnamedObject['kind'],
  { place, context }: Described,
  columns: readonly string[],
  target?: string,
): string {
  if (name !== undefined) return clipIdentifier(name)
  return context.names.choose({ kind, table: place.name, columns, target }, place.schema)
}

function keyNames(keys: readonly IndexKeyDefinition[]): readonly string[] {
  return indexColumnNames(
    keys.map(({ column, expression }) => ({ column: column && columnName(column), expression })),
  )
}

/**
 * What the server calls the keys of an index in its name; a name met again gets a number. Pure.
 *
 * @param keys - Columns by name, or expressions.
 * @returns One name for each key.
 * @internal
 */
export function indexColumnNames(
  keys: readonly { readonly column: string | undefined; readonly expression: string | undefined }[],
): readonly string[] {
  const names: string[] = []
  for (const key of keys) {
    const base = key.column ?? expressionName(key.expression ?? '')
    let name = base
    for (let number = 1; names.includes(name); number++) name = `${base}${String(number)}`
    names.push(name)
  }
  return names
}

/**
 * What the server calls an expression in an index's name: after its function if it is nothing but a call, else `expr`.
 *
 * @see PostgreSQL source, `FigureIndexColname`; casts and special syntax are all `expr` here
 */
function expressionName(expression: string): string {
  const call = /^\s*(?:"?\w+"?\s*\.\s*)?"?(?<name>[a-z_]\w*)"?\s*\((?<rest>[\s\S]*)\)\s*$/i.exec(expression)
  const { name, rest } = (call?.groups ?? {}) as { readonly name?: string; readonly rest?: string }
  if (name === undefined || rest === undefined || !isBalanced(rest)) return 'expr'
  return name.toLowerCase()
}

/** Whether no parenthesis closes more than was opened: `lower(a) || lower(b)` is not one call. */
function isBalanced(text: string): boolean {
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    if (character === ')' && --depth < 0) return false
  }
  return depth === 0
}
