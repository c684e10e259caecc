import type { ServerTarget } from './host-choice.js'

/**
 * Says why a server is not what a connection was opened for, from what it told us when we logged in: no round trip.
 *
 * @param parameters - The ParameterStatus messages so far; PostgreSQL 14 and later send both that are asked for here.
 * @param target - What it has to be.
 * @returns Nothing if it suits, else the end of a sentence that begins with the server.
 * @see PostgreSQL manual, Message Flow, Asynchronous Operations
 * @internal
 */
export function serverFlaw(
  parameters: ReadonlyMap<string, string>,
  target: ServerTarget,
): string | undefined {
  if (target === 'any') return undefined
  const standby = parameters.get('in_hot_standby')
  const readOnly = parameters.get('default_transaction_read_only')
  if (standby === undefined || readOnly === undefined) {
    return 'does not say whether it is a standby (a pooler in between, or PostgreSQL before 14)'
  }
  if (target === 'standby') return standby === 'on' ? undefined : 'is not a standby'
  if (target === 'primary') return standby === 'on' ? 'is a standby' : undefined
  const isReadOnly = standby === 'on' || readOnly === 'on'
  if (target === 'read-only') return isReadOnly ? undefined : 'takes writes'
  if (!isReadOnly) return undefined
  return standby === 'on' ? 'is a standby' : 'is read-only (default_transaction_read_only)'
}
