/** A row of the table `wide`. */
export interface WideRow {
  readonly id: number
  readonly name: string
  readonly quantity: number
  readonly price_cents: number
  readonly is_active: boolean
  readonly note: string
}

/** The table of the workload, as Kysely sees it. */
export interface WideTables {
  readonly wide: WideRow
}

export const ROWS = 500_000
export const CHUNK_ROWS = 1_000
export const TEXT = 'select * from wide'

/** Reads a stream row by row: the number of rows, and a sum that shows that each was read. */
export async function consume(
  rows: AsyncIterable<WideRow>,
): Promise<{ readonly count: number; readonly sum: number }> {
  let count = 0
  let sum = 0
  for await (const row of rows) {
    count++
    sum += row.quantity
  }
  return { count, sum }
}
