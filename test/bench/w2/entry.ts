import type { Generated } from 'kysely'

/** A row of the table `entry`. */
export interface Entry {
  readonly id: Generated<number>
  readonly title: string
  readonly quantity: number
}

/** The tables of the workload, as Kysely sees them. */
export interface EntryTables {
  readonly entry: Entry
}
