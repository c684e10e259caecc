import type { AnyTable } from '../metadata/table.js'
import { keyRow } from './key-row.js'
import { selectByKeys } from './key-statements.js'
import type { Mapper } from './mapper.js'
import { ObjectLoader } from './object-loader.js'
import { noSuchRow, rowIsGone } from './object-refusals.js'
import type { Row, RowKey, RowList } from './row.js'
import type { SessionObjects } from './session-objects.js'
import type { StatementRunner } from './statement-runner.js'
import type { TrackedObject } from './tracked-object.js'

/** What reading objects needs. */
export interface ObjectReaderOptions {
  readonly mapper: Mapper
  readonly runner: StatementRunner
  readonly objects: SessionObjects
  /** Writes what was changed, where the session does that before it reads. */
  readonly autoflush: () => Promise<void>
}

/**
 * Reads rows into the objects of one session: by key, and again.
 *
 * @internal
 */
export class ObjectReader {
  readonly loader: ObjectLoader
  readonly #options: ObjectReaderOptions

  constructor(options: ObjectReaderOptions) {
    this.#options = options
    this.loader = new ObjectLoader(options.objects.identities)
  }

  /** The object of a row, by primary key. One statement, unless the session has the object already. */
  async get<T extends AnyTable>(table: T, key: RowKey<T>): Promise<Row<T> | undefined> {
    const { autoflush, mapper, objects, runner } = this.#options
    await autoflush()
    const mapping = mapper.mapping(table)
    const wanted = keyRow(mapping, key)
    const identity = mapping.identityOf(wanted)
    const known = identity === undefined ? undefined : objects.identities.find(mapping, identity)
    if (known?.isMarked === true) return undefined
    if (known?.isStale === false) return known.object as Row<T>
    const { rows } = await runner.execute(selectByKeys(mapping, [wanted]))
    const [row] = rows as unknown[][]
    if (row !== undefined) return this.loader.take(mapping, row).object as Row<T>
    if (known !== undefined) objects.remove(known)
    return undefined
  }

  /** {@link ObjectReader.get}, but throws {@link NoResultFoundError} where there is none. */
  async getOne<T extends AnyTable>(table: T, key: RowKey<T>): Promise<Row<T>> {
    const found = await this.get(table, key)
    if (found !== undefined) return found
    throw noSuchRow(this.#options.mapper.mapping(table))
  }

  /** Reads an object's row again, over what was changed. One statement. Precondition: it has a row. */
  async refresh(state: TrackedObject, columns?: readonly string[]): Promise<void> {
    const { objects, runner } = this.#options
    const { mapping, snapshot } = state
    const { rows } = await runner.execute(selectByKeys(mapping, [snapshot as RowList]))
    const [row] = rows as unknown[][]
    if (row !== undefined) {
      mapping.decodeValues(row, 0)
      this.loader.overwrite(state, row, columns)
      return
    }
    objects.remove(state)
    throw rowIsGone(mapping)
  }
}
