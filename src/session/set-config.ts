import { statement, type Statement } from '../postgres/statement.js'

/** A server setting by its name. */
export type Setting = readonly [name: string, value: string]

/**
 * Sets them for the transaction: one SELECT, whose names and values are parameters, so that nothing is put together as
 * text (S1). Nothing for none.
 *
 * @internal
 */
export function setConfig(settings: readonly Setting[]): readonly Statement[] {
  if (settings.length === 0) return []
  const calls = settings.map(
    (_, index) => `pg_catalog.set_config($${2 * index + 1}, $${2 * index + 2}, true)`,
  )
  // Made once for many sessions, so this place would tell nobody anything.
  return [{ ...statement(`select ${calls.join(', ')}`, settings.flat()), caller: undefined }]
}
