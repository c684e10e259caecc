/**
 * One soak in a process of its own, so that errors that nobody could catch are counted and end no test run.
 * It prints its report, as JSON on standard output and for people on standard error.
 */
import { parseArgs } from 'node:util'
import { FAULT_KINDS, type FaultKind } from './fault-kinds.js'
import { NaiveEntrant } from './naive-entrant.js'
import { SessionEntrant } from './session-entrant.js'
import { runSoak } from './soak.js'
import { describeSoak } from './soak-report.js'

const { values } = parseArgs({
  options: {
    entrant: { type: 'string', default: 'session' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
    faults: { type: 'string', default: FAULT_KINDS.join(',') },
  },
})

const report = await runSoak({
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  faults: new Set(values.faults.split(',').filter((kind) => kind !== '') as FaultKind[]),
  entrant: (options) =>
    values.entrant === 'naive' ? new NaiveEntrant(options) : new SessionEntrant(options),
})
process.stderr.write(`${describeSoak(values.entrant, report)}\n`)
process.stdout.write(`${JSON.stringify(report)}\n`)
