import pg from 'pg'
import type { LocalCluster } from '../../../src/testing/local-cluster.js'

const QUESTION_MILLIS = 5_000

/** The soak's own connection to the server, beside the proxy. It comes back after each restart. */
export class Watchman {
  readonly #cluster: LocalCluster
  #client: Promise<pg.Client> | undefined

  constructor(cluster: LocalCluster) {
    this.#cluster = cluster
  }

  /** Asks; fails while the server is down. */
  async ask<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    this.#client ??= this.#connect()
    const connecting = this.#client
    try {
      const client = await connecting
      return (await client.query<Row>(text, values)).rows
    } catch (error) {
      if (this.#client === connecting) this.#client = undefined
      void connecting.then((client) => client.end()).catch(() => undefined)
      throw error
    }
  }

  /** Asks again and again, for as long as the server may need to come back. */
  async insist<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.ask<Row>(text, values)
      } catch (error) {
        if (attempt === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }

  async leave(): Promise<void> {
    await this.#client?.then((client) => client.end()).catch(() => undefined)
    this.#client = undefined
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#cluster.url,
      application_name: 'watchman',
      connectionTimeoutMillis: QUESTION_MILLIS,
      query_timeout: QUESTION_MILLIS,
    })
    client.on('error', () => undefined)
    await client.connect()
    return client
  }
}
