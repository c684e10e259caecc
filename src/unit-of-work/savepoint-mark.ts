/**
 * A savepoint as the unit of work sees it: one of the two is called when the server has done the same.
 *
 * @internal
 */
export interface SavepointMark {
  /** RELEASE: what was done inside belongs to what is around it. */
  readonly release: () => void
  /** ROLLBACK TO: the objects are again what they were when the savepoint began. */
  readonly rollback: () => void
}
