import { pgPool, pgTransaction } from '../libraries/pg.js'
import type { Entry, NewEntry } from './entry.js'
import type { OpenRows } from './rows-library.js'

const COLUMNS = 'name, quantity, price, active, created'
const UNNEST = 'unnest($1::text[], $2::integer[], $3::integer[], $4::boolean[], $5::timestamptz[])'

/** By hand: arrays that the server unnests, one statement for all rows. */
export const openRows: OpenRows = async ({ url, poolSize }) => {
  const pool = pgPool(url, poolSize)
  return {
    insert: (rows) =>
      pgTransaction(pool, async (client) => {
        const result = await client.query<{ id: number }>(
          `insert into entry (${COLUMNS}) select * from ${UNNEST} returning id`,
          arrays(rows),
        )
        return result.rows.map(({ id }) => id)
      }),
    insertOnly: (rows) =>
      pgTransaction(pool, async (client) => {
        await client.query(`insert into entry (${COLUMNS}) select * from ${UNNEST}`, arrays(rows))
      }),
    change: (change) =>
      pgTransaction(pool, async (client) => {
        const { rows } = await client.query<Entry>('select * from stock')
        const changed = rows.filter(change)
        await client.query(
          `update stock set name = u.name, quantity = u.quantity
           from unnest($1::integer[], $2::text[], $3::integer[]) as u(id, name, quantity) where stock.id = u.id`,
          [
            changed.map(({ id }) => id),
            changed.map(({ name }) => name),
            changed.map(({ quantity }) => quantity),
          ],
        )
      }),
    close: () => pool.end(),
  }
}

function arrays(rows: readonly NewEntry[]): unknown[] {
  return [
    rows.map(({ name }) => name),
    rows.map(({ quantity }) => quantity),
    rows.map(({ price }) => price),
    rows.map(({ active }) => active),
    rows.map(({ created }) => created),
  ]
}
