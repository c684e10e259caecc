import postgres from 'postgres'

/** postgres.js as its guide sets it up; it prepares statements by itself. */
export function postgresJs(url: string, poolSize: number): postgres.Sql {
  return postgres(url, { max: poolSize, onnotice: () => undefined })
}
