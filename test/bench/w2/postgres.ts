import { postgresJs } from '../libraries/postgres.js'
import type { CreateEntrant } from '../workload.js'

/** postgres.js and its own transaction. */
export const createEntrant: CreateEntrant = async ({ url, poolSize }) => {
  const sql = postgresJs(url, poolSize)
  return {
    run: (input) =>
      sql.begin(async (trx) => {
        const [inserted] = await trx<{ id: number }[]>`
          insert into entry (title, quantity) values (${`Entry ${String(input)}`}, ${input}) returning id`
        const [updated] = await trx<{ title: string; quantity: number }[]>`
          update entry set quantity = ${input + 1} where id = ${inserted!.id} returning title, quantity`
        return updated
      }),
    close: () => sql.end(),
  }
}
