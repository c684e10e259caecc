import type { Workload } from '../workload.js'

/** What a session costs that nobody uses, beside a loop that makes none. */
export const emptySession: Workload = {
  name: 'w1-empty',
  title: 'a session that is opened and closed without a statement',
  inputs: 1,
  seed: [],
  expected: () => 'done',
  baseline: 'nothing',
  entrants: {
    nothing: () => import('./nothing.js'),
    session: () => import('./session.js'),
    'session, closed': () => import('./session-closed.js'),
  },
  concurrency: 1,
  hasRoundTrips: false,
}
