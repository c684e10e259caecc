import type { InferColumns, TablesOf } from '../metadata/infer-database.js'
import type { AnyTable } from '../metadata/table.js'
import type { Loaded, LoadedRelations } from './loaded.js'
import type { ObjectQuery } from './object-query.js'
import type { KnownLoads, LoadOptions } from './relation-query.js'

/** The key under which a database knows a table; never where it does not. */
export type KeyOf<DB, T extends AnyTable> = {
  [K in keyof TablesOf<DB>]: TablesOf<DB>[K] extends { readonly $: { readonly name: T['$']['name'] } }
    ? T extends TablesOf<DB>[K]
      ? K
      : never
    : never
}[keyof TablesOf<DB>] &
  keyof DB

/** A table by itself, for databases whose type was not inferred from the tables. */
type Alone<T extends AnyTable> = { [N in T['$']['name']]: InferColumns<T['$']['columns']> }

/** The query for the objects of a table. */
export type QueryOf<DB, T extends AnyTable> = [KeyOf<DB, T>] extends [never]
  ? ObjectQuery<Alone<T>, T['$']['name']>
  : ObjectQuery<DB, KeyOf<DB, T>>

/** The keys of the tables that an object may be a row of. */
type KeyOfRow<DB, O> = {
  [K in keyof TablesOf<DB> & keyof DB]: O extends Loaded<DB, K, object> ? K : never
}[keyof TablesOf<DB> & keyof DB]

/** What may be loaded with objects. */
export type LoadOptionsOfRow<DB, O> = EachOptions<DB, KeyOfRow<DB, O>>

/** An object may look like a row of several tables: then what any of them has. Of what is no row, nothing. */
type EachOptions<DB, K> = K extends unknown ? LoadOptions<DB, K> : never

/** Names that are no relations of the objects. */
export type KnownLoadsOfRow<DB, O, X> = KnownLoads<DB, KeyOfRow<DB, O>, X>

/** Objects with what was loaded afterwards. */
export type WithLoaded<DB, O, X> = O & Together<EachLoaded<DB, KeyOfRow<DB, O>, X>>

type EachLoaded<DB, K, X> = K extends unknown ? LoadedRelations<DB, K, X> : never

type Together<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never
