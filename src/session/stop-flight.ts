import type { Lease } from '../engine/lease.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import { Deadline } from '../foundation/deadline.js'

/** How long the server may take to note the request, and then again to stop, before the connection is destroyed. */
const CANCEL_MILLIS = 1_000

/** What becomes of the connection: `cancel` keeps it where that can be, `kill` never does. @internal */
export type StopManner = 'cancel' | 'kill'

/** Who has something in flight. @internal */
export interface Flyer {
  /** Another object for each thing in flight. */
  readonly flight: object | undefined
  /** Resolves when what is in flight has been answered. */
  answered(): Promise<unknown>
}

/**
 * Cancels what is in flight. Afterwards nothing is, and no cancel is on its way: either the server has dealt with it
 * and has answered, or the connection is gone.
 *
 * @returns Whether the connection was destroyed.
 * @internal
 */
export async function stopFlight(
  flyer: Flyer,
  lease: Lease,
  reason: OperationAbortedError,
  manner: StopManner = 'cancel',
): Promise<'destroyed' | 'stopped'> {
  const { flight } = flyer
  // Asked for now: the answer may be here before the request has been confirmed.
  const answered = flyer.answered()
  // To kill needs it too: a server that works does not look whether its client is still there.
  const isTaken = await lease.cancel(CANCEL_MILLIS)
  if (isTaken && manner === 'cancel') {
    await Deadline.after(CANCEL_MILLIS)
      .race(answered, () => reason)
      .catch(() => undefined)
    if (flyer.flight !== flight) return 'stopped'
  }
  // Also when it has been answered: a request that nobody has confirmed may still arrive, and hit what runs then.
  lease.destroy(reason)
  return 'destroyed'
}
