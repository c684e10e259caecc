import { ConnectionFailedError, DisconnectedError, PoolTimeoutError } from '../errors/operational-error.js'
import { InitializationError } from '../errors/initialization-error.js'
import { backoffMillis } from '../foundation/backoff.js'
import type { Deadline } from '../foundation/deadline.js'
import { setTimeout as sleep } from 'node:timers/promises'

/** Wrong password, wrong user, no such database: waiting does not mend them (I-FAILFAST). */
const HOPELESS = /^(?:28|3D|42)/

/**
 * Asks the server until it answers, with growing pauses.
 *
 * @param ask - One attempt.
 * @param deadline - When to give up.
 * @param onFailure - Told of each failed attempt, before the pause.
 * @returns How many attempts it took.
 * @throws {@link InitializationError} with step `wait`: at once if waiting can't help, else at the deadline.
 * @internal
 */
export async function waitForServer(
  ask: () => Promise<unknown>,
  deadline: Deadline,
  onFailure: (error: unknown, attempt: number) => void,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      await ask()
      return attempt
    } catch (error) {
      const pauseMillis = backoffMillis(attempt, { baseMillis: 100, maxMillis: 2_000 })
      if (!isWorthWaiting(error) || deadline.end !== undefined || pauseMillis >= deadline.remainingMillis) {
        throw gaveUp(error, attempt, deadline)
      }
      onFailure(error, attempt)
      await sleep(pauseMillis, undefined, { signal: deadline.signal }).catch(() => undefined)
    }
  }
}

function isWorthWaiting(error: unknown): boolean {
  if (ConnectionFailedError.is(error)) return !HOPELESS.test(error.sqlState ?? '')
  return DisconnectedError.is(error) || PoolTimeoutError.is(error)
}

function gaveUp(cause: unknown, attempts: number, deadline: Deadline): InitializationError {
  const waited = Math.round(deadline.elapsedMillis)
  return new InitializationError({
    message: `No statement could be run on the database (${attempts} attempt${attempts === 1 ? '' : 's'} in ${waited} ms)`,
    hint: cause instanceof Error ? cause.message : undefined,
    step: 'wait',
    context: { attempts, waitedMillis: waited },
    cause,
  })
}
