import type { CreateEntrant, EntrantOptions } from '../workload.js'
import { CHANGED, ENTRIES, isChanged, newEntries, type Entry, type NewEntry } from './entry.js'

/** What a library does with many rows, each in one transaction and in its documented best way. */
export interface RowsLibrary {
  /** Inserts and gives back the generated keys, in the order of the rows. */
  readonly insert: (rows: readonly NewEntry[]) => Promise<readonly (bigint | number)[]>
  /** Inserts, and wants nothing back. */
  readonly insertOnly?: (rows: readonly NewEntry[]) => Promise<void>
  /** Loads the 1,000 rows of `stock` by key, passes each to `change`, which changes some, and stores those. */
  readonly change: (change: (row: Entry) => boolean) => Promise<void>
  readonly close: () => Promise<void>
}

/** Opens a library. */
export type OpenRows = (options: EntrantOptions) => Promise<RowsLibrary>

type Work = 'change' | 'insert' | 'insertOnly'

/** Makes an entrant of a library's module, for one of the kinds of work. */
export function rowsEntrant(
  load: () => Promise<{ readonly openRows: OpenRows }>,
  work: Work,
): () => Promise<{ readonly createEntrant: CreateEntrant }> {
  return async () => {
    const { openRows } = await load()
    return {
      createEntrant: async (options) => {
        const library = await openRows(options)
        return { run: (input) => run(library, work, input), close: library.close }
      },
    }
  }
}

async function run(library: RowsLibrary, work: Work, input: number): Promise<number> {
  switch (work) {
    case 'insert': {
      const keys = await library.insert(newEntries(input))
      return new Set(keys.map(Number)).size
    }
    case 'insertOnly':
      await library.insertOnly?.(newEntries(input))
      return ENTRIES
    case 'change': {
      let changed = 0
      await library.change((row) => {
        if (!isChanged(row.id)) return false
        changed++
        row.quantity = (row.quantity + 1) % 1_000
        row.name = `Stock ${String(row.id)} ${String(input)}`
        return true
      })
      return changed === CHANGED ? CHANGED : -changed
    }
  }
}
