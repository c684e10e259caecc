import { readByKey } from '../w1-read/workload.js'
import type { Workload } from '../workload.js'

/** W1 where the server is not on the same machine: round trips are nearly all that counts. */
export const readThroughNetwork: Workload = {
  ...readByKey,
  name: 'w1-network',
  title: 'one read by key in a transaction, with 1 ms each way on the network',
  delayMillis: 1,
}
