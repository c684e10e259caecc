import { changeObjects, insertObjects, insertRows } from './rows/workloads.js'
import { emptySession } from './w1-empty/workload.js'
import { readThroughNetwork } from './w1-network/workload.js'
import { readByKey } from './w1-read/workload.js'
import { readAsTenant } from './w1-tenant/workload.js'
import { insertAndUpdate } from './w2/workload.js'
import { fiveReads, fiveReadsTogether, twentyReadsTogether } from './w3/workload.js'
import { readNested } from './w4/workload.js'
import { streamRows } from './w6/workload.js'
import { readAlone } from './w7/workload.js'
import type { Workload } from './workload.js'

/** All workloads, in the order of the reports. */
export const workloads: readonly Workload[] = [
  readByKey,
  readAsTenant,
  readThroughNetwork,
  emptySession,
  insertAndUpdate,
  fiveReads,
  fiveReadsTogether,
  twentyReadsTogether,
  readNested,
  streamRows,
  readAlone,
  insertRows,
  insertObjects,
  changeObjects,
]
