/** A row of the table `item`. */
export interface Item {
  readonly id: number
  readonly name: string
  readonly quantity: number
  readonly price_cents: number
  readonly is_active: boolean
}

/** The tables of most workloads, as Kysely sees them. */
export interface BenchTables {
  readonly item: Item
}

/** How many items there are. */
export const ITEMS = 10_000

/** Makes the table `item` and fills it. */
export const ITEM_SEED: readonly string[] = [
  `create table item (
    id integer primary key,
    name text not null,
    quantity integer not null,
    price_cents integer not null,
    is_active boolean not null
  )`,
  `insert into item
    select id, 'Item ' || id, id % 100, id * 7, id % 3 = 0 from generate_series(1, ${String(ITEMS)}) as id`,
  'vacuum analyze item',
]

/** The item that every entrant must find. */
export function itemOf(id: number): Item {
  return {
    id,
    name: `Item ${String(id)}`,
    quantity: id % 100,
    price_cents: id * 7,
    is_active: id % 3 === 0,
  }
}

/** The keys of several items that one input stands for, all different. */
export function keysOf(input: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => 1 + ((input + index * 1_009) % ITEMS))
}
