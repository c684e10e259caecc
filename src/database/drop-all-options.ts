import type { DropStatementsOptions } from '../ddl/drop-statements.js'
import type { DdlProgress } from './run-ddl.js'

/** How `dropAll` drops. */
export interface DropAllOptions extends DropStatementsOptions {
  /**
   * Told after each batch of statements how many have run and of how many, inside the transaction: nothing is committed
   * yet.
   *
   * @defaultValue nobody is told
   */
  readonly onProgress?: DdlProgress | undefined
}
