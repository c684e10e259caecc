import pg from 'pg'

/** A pool as the bench gives it to every entrant on pg. */
export function pgPool(url: string, poolSize: number): pg.Pool {
  return new pg.Pool({ connectionString: url, max: poolSize, idleTimeoutMillis: 0 })
}

/**
 * The transaction of pg's guide.
 *
 * @see node-postgres.com, "Transactions"
 */
export async function pgTransaction<R>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<R>,
): Promise<R> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}
