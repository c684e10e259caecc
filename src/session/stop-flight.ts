import type { Lease } from '../engine/lease.js'
import type { OperationAbortedError } from '../errors/operational-error.js'
import { Deadline } from '../foundation/deadline.js'

/** How long the server may take to note the request, and then again to stop, before the connection is destroyed. */
const CANCEL_MILLIS = 1_000

/**
 * Cancels what a line has in flight. Afterwards nothing is, and no cancel is on its way: either the server has dealt
 * with it and has answered, or the connection is gone.
 *
 * @returns Whether the connection was destroyed.
 * @internal
 */
export async function stopFlight(
  line: { readonly flight: object | undefined; quiet(): Promise<unknown> },
  lease: Lease,
  reason: OperationAbortedError,
): Promise<'destroyed' | 'stopped'> {
  const { flight } = line
  if (await lease.cancel(CANCEL_MILLIS)) {
    await Deadline.after(CANCEL_MILLIS)
      .race(line.quiet(), () => reason)
      .catch(() => undefined)
    if (line.flight !== flight) return 'stopped'
  }
  // Also when it has been answered: a request that nobody has confirmed may still arrive, and hit what runs then.
  lease.destroy(reason)
  return 'destroyed'
}
