import type { ClonedDatabase } from '../../support/clone-database.js'

/** The names of the people who are stored, in the order in which they came. Asked beside the code under test. */
export async function storedNames(cloned: ClonedDatabase): Promise<string[]> {
  const rows = await cloned.query<{ name: string }>('select name from person order by id')
  return rows.map(({ name }) => name)
}
