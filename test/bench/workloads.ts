import { readByKey } from './read-by-key/workload.js'
import type { Workload } from './workload.js'

/** All workloads, in the order of the reports. */
export const workloads: readonly Workload[] = [readByKey]
