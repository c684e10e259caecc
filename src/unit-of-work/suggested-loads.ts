import type { Mapper } from './mapper.js'
import type { RelationMapping } from './relation-mapping.js'

/** A reader of a report wants to see what to do, not every possibility. */
const MOST_SUGGESTIONS = 3

/**
 * Which relations, loaded with the objects they begin at, would read what a statement reads one by one. Pure.
 *
 * @param mapper - Knows the relations.
 * @param text - The statement: which tables it names, and which columns it compares.
 * @internal
 */
export function suggestedLoads(mapper: Mapper, text: string): readonly string[] {
  const found: string[] = []
  for (const { relations, key } of mapper.mappings) {
    for (const relation of relations.values())
      if (reads(relation, text)) found.push(`session.query(${key}).with({ ${relation.name}: true })`)
  }
  return found.slice(0, MOST_SUGGESTIONS)
}

function reads({ target, foreign, through }: RelationMapping, text: string): boolean {
  const tables = through === undefined ? [target] : [target, through.table]
  const namesTables = tables.every(
    ({ name }) => text.includes(`from ${name}`) || text.includes(`join ${name}`),
  )
  return (
    namesTables && foreign.every(({ name }) => text.includes(`${name} = `) || text.includes(`${name} in `))
  )
}
