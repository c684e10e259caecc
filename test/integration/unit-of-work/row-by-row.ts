import pg from 'pg'

/** A row by its label; what it points at by label too. */
export interface LabelledRow {
  readonly table: number
  readonly label: string
  readonly n: number | null
  readonly one: string | null
  readonly two: string | null
}

/**
 * The reference of the property-based model: writes every change at once, as a statement of its own, in a transaction
 * of its own, into tables of another schema. What a rollback or a savepoint does to it is the server's word.
 */
export class RowByRow {
  readonly #client: pg.Client
  #isBegun = false

  private constructor(client: pg.Client) {
    this.#client = client
  }

  /**
   * Makes the tables `mirror.t0` … with deferred foreign keys between their labels.
   *
   * @param url - The database.
   * @param targets - For each table, which tables `one` and `two` point at.
   */
  static async open(url: string, targets: readonly (readonly [number, number])[]): Promise<RowByRow> {
    const client = new pg.Client(url)
    await client.connect()
    await client.query('drop schema if exists mirror cascade; create schema mirror')
    for (const index of targets.keys())
      await client.query(
        `create table mirror.t${String(index)} (label text primary key, n integer, one text, two text)`,
      )
    for (const [index, [one, two]] of targets.entries()) {
      for (const [column, target] of [
        ['one', one],
        ['two', two],
      ] as const)
        await client.query(
          `alter table mirror.t${String(index)} add foreign key (${column})
           references mirror.t${String(target)} (label) deferrable initially deferred`,
        )
    }
    return new RowByRow(client)
  }

  async empty(): Promise<void> {
    await this.#client.query('truncate mirror.t0, mirror.t1, mirror.t2, mirror.t3, mirror.t4')
  }

  async insert({ table, label, n, one, two }: LabelledRow): Promise<void> {
    await this.#run(`insert into mirror.t${String(table)} values ($1, $2, $3, $4)`, label, n, one, two)
  }

  async set(table: number, label: string, column: 'n' | 'one' | 'two', value: unknown): Promise<void> {
    await this.#run(`update mirror.t${String(table)} set ${column} = $2 where label = $1`, label, value)
  }

  async delete(table: number, label: string): Promise<void> {
    await this.#run(`delete from mirror.t${String(table)} where label = $1`, label)
  }

  /** Savepoints and the like. */
  async say(command: string): Promise<void> {
    await this.#run(command)
  }

  async end(command: 'commit' | 'rollback'): Promise<void> {
    if (this.#isBegun) await this.#client.query(command)
    this.#isBegun = false
  }

  /** All rows as the open transaction sees them, by label. */
  async rows(): Promise<LabelledRow[]> {
    const selects = [0, 1, 2, 3, 4].map(
      (table) => `select ${String(table)} as table, label, n, one, two from mirror.t${String(table)}`,
    )
    const { rows } = await this.#client.query<LabelledRow>(
      `select * from (${selects.join(' union all ')}) as rows order by label collate "C"`,
    )
    return rows
  }

  async close(): Promise<void> {
    await this.#client.end()
  }

  async #run(text: string, ...values: readonly unknown[]): Promise<void> {
    if (!this.#isBegun) await this.#client.query('begin')
    this.#isBegun = true
    await this.#client.query(text, [...values])
  }
}
