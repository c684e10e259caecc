import type { DdlProgress } from './run-ddl.js'

/** How `createAll` creates. */
export interface CreateAllOptions {
  /**
   * Looks first at what is in the database, and leaves that as it is. Without it one question is saved, and anything that
   * exists already, the schema too, makes the run fail.
   *
   * @defaultValue true
   */
  readonly checkFirst?: boolean | undefined
  /**
   * Told after each batch of statements how many have run and of how many, inside the transaction: nothing is committed
   * yet.
   *
   * @defaultValue nobody is told
   */
  readonly onProgress?: DdlProgress | undefined
}
