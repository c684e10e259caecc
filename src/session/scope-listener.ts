import type { SavepointScope } from './savepoint-stack.js'

/**
 * Told how the nested transactions of a session begin and end.
 *
 * @internal
 */
export interface ScopeListener {
  onOpened(scope: SavepointScope): void
  /** Before RELEASE: what the scope still has to write is written now. */
  beforeRelease(): Promise<void>
  onReleased(scope: SavepointScope): void
  onUndone(scope: SavepointScope): void
}
