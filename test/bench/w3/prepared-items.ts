import { prepareQuery } from '../../../src/index.js'
import type { Session } from '../../../src/session/session.js'
import type { Kysely } from 'kysely'
import { keysOf, type BenchTables, type Item } from '../item.js'

const byId = prepareQuery<{ id: number }>()((db: Kysely<BenchTables>, param) =>
  db.selectFrom('item').selectAll().where('id', '=', param('id')),
)

/** Reads items by key with a query that was compiled once, one after the other. */
export async function readPreparedInTurn(
  session: Session<BenchTables>,
  input: number,
  count: number,
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (const id of keysOf(input, count)) items.push((await session.execute(byId, { id })).one())
  return items
}

/** Reads items by key with a query that was compiled once, started together. */
export async function readPreparedTogether(
  session: Session<BenchTables>,
  input: number,
  count: number,
): Promise<readonly Item[]> {
  const results = await Promise.all(keysOf(input, count).map((id) => session.execute(byId, { id })))
  return results.map((result) => result.one())
}
