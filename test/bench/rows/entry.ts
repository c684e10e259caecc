/** Five columns of usual types, and a key that the server numbers. */
export interface NewEntry {
  name: string
  quantity: number
  price: number
  active: boolean
  created: Date
}

/** A row of the table `entry`. */
export interface Entry extends NewEntry {
  id: number
}

/** What an INSERT of the bench carries. */
export const ENTRIES = 10_000

/** How many rows are loaded, and how many of them are changed. */
export const LOADED = 1_000
export const CHANGED = 300

/** The rows of a request: the same work for every entrant. */
export function newEntries(input: number): NewEntry[] {
  return Array.from({ length: ENTRIES }, (_, index) => ({
    name: `Entry ${String(input)}-${String(index)}`,
    quantity: index % 100,
    price: index * 7,
    active: index % 3 === 0,
    created: new Date(1_700_000_000_000 + index * 1_000),
  }))
}

/** Whether a request changes a row that it has loaded; 300 of 1,000. */
export function isChanged(id: number): boolean {
  return id % 10 < 3
}
