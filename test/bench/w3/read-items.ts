import type { Kysely } from 'kysely'
import { keysOf, type BenchTables, type Item } from '../item.js'

/** Reads items by key on any Kysely, one after the other. */
export async function readInTurn(
  db: Kysely<BenchTables>,
  input: number,
  count: number,
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (const id of keysOf(input, count)) {
    items.push(await db.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow())
  }
  return items
}

/** Reads items by key on any Kysely, started together. */
export async function readTogether(
  db: Kysely<BenchTables>,
  input: number,
  count: number,
): Promise<readonly Item[]> {
  return await Promise.all(
    keysOf(input, count).map((id) =>
      db.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    ),
  )
}
