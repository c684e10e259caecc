import type { ForeignKeyDescription, TableDescription } from '../metadata/description.js'
import type { RelationDefinition } from '../metadata/relation.js'

/** A foreign key between two tables of the metadata. */
export interface TableLink {
  readonly table: TableDescription
  readonly target: TableDescription
  readonly key: ForeignKeyDescription
}

/** A relation, and the names that it could have: the shortest first. */
export interface UnnamedRelation {
  /** Whose rows have it. */
  readonly source: TableDescription
  /** `to` the row that its own columns point at, or `from` rows elsewhere; the former choose their names first. */
  readonly direction: 'from' | 'to'
  readonly names: readonly string[]
  readonly definition: RelationDefinition
}

/** A row with these would surprise: with `then` it is awaited, and the others every object has. */
const RESERVED: readonly string[] = ['then', 'constructor', '__proto__', 'toJSON']

/**
 * Names the relations of one table so that none has the name of a column or of another relation. Pure.
 *
 * Of several that want the same name none gets it, so that a name tells what it is without knowing the others.
 *
 * @param relations - All relations of the table.
 * @param columns - The keys of its columns.
 * @returns The relations by name: first those to the rows that its own columns point at.
 * @internal
 */
export function nameRelations(
  relations: readonly UnnamedRelation[],
  columns: readonly string[],
): ReadonlyMap<string, RelationDefinition> {
  const taken = new Set([...columns, ...RESERVED])
  const chosen = new Map<UnnamedRelation, string>()
  for (const direction of ['to', 'from'] as const) {
    const own = relations.filter((relation) => relation.direction === direction)
    const levels = new Map(own.map((relation) => [relation, 0]))
    const wanted = (relation: UnnamedRelation): string => relation.names[levels.get(relation) ?? 0] ?? ''
    for (;;) {
      const met = own.map(wanted)
      const isContested = (name: string): boolean =>
        taken.has(name) || met.filter((other) => other === name).length > 1
      const movable = own.filter(
        (relation) =>
          isContested(wanted(relation)) && (levels.get(relation) ?? 0) < relation.names.length - 1,
      )
      if (movable.length === 0) break
      for (const relation of movable) levels.set(relation, (levels.get(relation) ?? 0) + 1)
    }
    for (const relation of own) {
      const name = numbered(wanted(relation), taken)
      taken.add(name)
      chosen.set(relation, name)
    }
  }
  return new Map([...chosen].map(([{ definition }, name]) => [name, definition]))
}

/** `author_id` -> `author`; a column that is not called so, or is taken, gives the table's name, then `author_id_row`. @internal */
export function oneNames(link: TableLink): readonly string[] {
  const { table, target, key } = link
  const stem = stemOf(link)
  const row = joined([key.columns.join('_'), 'row'], key)
  // `employee` of an employee could be anybody; `reports_to_row` can't.
  return stem === undefined && table === target ? [row] : unique([stem ?? target.name, target.name, row])
}

/** `posts`; where that is not enough, `posts_as_author`: those in which this row is the author. @internal */
export function backNames(link: TableLink): readonly string[] {
  const { table, target, key } = link
  const role = joined([table.name, 'as', stemOf(link) ?? key.columns.join('_')], key)
  return table === target ? [role] : [table.name, role]
}

/** `genres`, or in a table that is linked with itself `followed`; then `genres_via_book_genres`. @internal */
export function throughNames(near: TableLink, far: TableLink): readonly string[] {
  const plain = near.target === far.target ? (stemOf(far) ?? far.target.name) : far.target.name
  return unique([plain, joined([plain, 'via', near.table.name], near.key)])
}

/** What the pointing column says beside being an id. Of several columns, the one that is called otherwise at the far end. */
function stemOf({ key }: TableLink): string | undefined {
  const own =
    key.columns.length === 1 ? key.columns : key.columns.filter((name, at) => name !== key.targetColumns[at])
  const [column] = own
  if (own.length !== 1 || column === undefined) return undefined
  const stem = column.replace(/(?:_id|_ID|(?<=[\p{Ll}\d])I[dD])$/u, '')
  return stem === column || stem === '' ? undefined : stem
}

/** In the case of the columns: `posts_as_author`, `postsAsAuthor`. */
function joined(words: readonly string[], { columns }: ForeignKeyDescription): string {
  const text = [...words, ...columns].join('')
  const isCamel = /\p{Lu}/u.test(text) && !text.includes('_')
  if (!isCamel) return words.join('_')
  return words.map((word, at) => (at === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1))).join('')
}

function numbered(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let number = 2; ; number++) {
    const candidate = `${name}_${String(number)}`
    if (!taken.has(candidate)) return candidate
  }
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
