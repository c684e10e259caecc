import type { CreateEntrant, EntrantOptions } from '../workload.js'

/** A row of the table `thing`. */
export interface Thing {
  id: number
  owner_id: number
  label: string
  price: number
  bought: Date
}

/** A row of the table `owner`, and the things that belong to it. */
export interface Owner {
  id: number
  name: string
  email: string
  active: boolean
  things: Thing[]
}

/** What a library does: owners of a range of keys in their order, each with its things in theirs, in a transaction. */
export interface OwnersLibrary {
  readonly read: (first: number, last: number) => Promise<readonly Owner[]>
  readonly close: () => Promise<void>
}

/** Owners of a request, and things of each. */
const OWNERS = 100
const THINGS = 10
/** How many different requests there are. */
export const GROUPS = 50

/** Makes both tables and fills them. */
export const OWNER_SEED: readonly string[] = [
  'create table owner (id integer primary key, name text not null, email text not null, active boolean not null)',
  `create table thing (
    id integer primary key,
    owner_id integer not null references owner (id),
    label text not null,
    price integer not null,
    bought timestamptz not null
  )`,
  `insert into owner select n, 'Owner ' || n, 'owner' || n || '@example.org', n % 3 = 0
    from generate_series(1, ${String(OWNERS * GROUPS)}) as n`,
  `insert into thing select n, (n - 1) / ${String(THINGS)} + 1, 'Thing ' || n, n % 1000, now()
    from generate_series(1, ${String(OWNERS * GROUPS * THINGS)}) as n`,
  'create index on thing (owner_id)',
  'vacuum analyze owner, thing',
]

/** What an entrant must have read: names, and a sum that says that every thing is where it belongs. */
function digestOf(owners: readonly Owner[]): string {
  let sum = 0
  for (const { id, things } of owners) {
    for (const [index, thing] of things.entries())
      if (thing.id === (id - 1) * THINGS + index + 1 && thing.label === `Thing ${String(thing.id)}`)
        sum += thing.price
  }
  return `${String(owners.length)} from ${owners[0]?.name ?? ''}: ${String(sum)}`
}

/** The digest of a request whose answer is right. */
export function expectedDigest(input: number): string {
  const first = (input - 1) * OWNERS
  let sum = 0
  for (let id = first * THINGS + 1; id <= (first + OWNERS) * THINGS; id++) sum += id % 1_000
  return `${String(OWNERS)} from Owner ${String(first + 1)}: ${String(sum)}`
}

/** Makes an entrant of a library. */
export function ownersEntrant(open: (options: EntrantOptions) => Promise<OwnersLibrary>): CreateEntrant {
  return async (options) => {
    const library = await open(options)
    return {
      run: async (input) => digestOf(await library.read((input - 1) * OWNERS + 1, input * OWNERS)),
      close: library.close,
    }
  }
}

/** Puts things into the lists of their owners, as programs that read twice do by hand. */
export function nest(owners: readonly Omit<Owner, 'things'>[], things: readonly Thing[]): Owner[] {
  const nested = owners.map((owner): Owner => ({ ...owner, things: [] }))
  const byId = new Map(nested.map((owner) => [owner.id, owner]))
  for (const thing of things) byId.get(thing.owner_id)?.things.push(thing)
  return nested
}
