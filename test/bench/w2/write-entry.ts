import type { Kysely } from 'kysely'
import type { EntryTables } from './entry.js'

/** The work of W2 on any Kysely: a transaction of its own, or a session. */
export async function writeEntry(
  db: Kysely<EntryTables>,
  input: number,
): Promise<{ readonly title: string; readonly quantity: number }> {
  const { id } = await db
    .insertInto('entry')
    .values({ title: `Entry ${String(input)}`, quantity: input })
    .returning('id')
    .executeTakeFirstOrThrow()
  return await db
    .updateTable('entry')
    .set({ quantity: input + 1 })
    .where('id', '=', id)
    .returning(['title', 'quantity'])
    .executeTakeFirstOrThrow()
}
