import type { Selectable } from 'kysely'
import type { InferColumns } from './infer-database.js'
import type { Relation } from './relation.js'
import type { AnyTable } from './table.js'

type RelationsOf<R, K> = K extends keyof R ? R[K] : object

type TargetOf<N> = N extends { readonly $target: infer Target } ? Target : never

/** Which relations of a table to load, and of the rows they give: `{ posts: { author: true } }`. */
export type LoadOptions<R, K> = {
  // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- a table without relations has nothing to ask for.
  readonly [N in keyof RelationsOf<R, K>]?: LoadOptions<R, TargetOf<RelationsOf<R, K>[N]>> | true
}

/** A row with the relations that were asked for. */
export type Loaded<T extends Readonly<Record<string, AnyTable>>, R, K extends keyof T, With> = Selectable<
  InferColumns<T[K]['$']['columns']>
> & {
  [N in keyof RelationsOf<R, K> & keyof With]: LoadedRelation<T, R, RelationsOf<R, K>[N], With[N]>
}

type LoadedRelation<T extends Readonly<Record<string, AnyTable>>, R, N, With> =
  N extends Relation<infer Kind, infer Target extends keyof T & string, infer Optional>
    ? Kind extends 'many'
      ? Loaded<T, R, Target, With>[]
      : Optional extends true
        ? Loaded<T, R, Target, With> | null
        : Loaded<T, R, Target, With>
    : never
