import type { LoanFigures } from './entrant.js'
import type { NemesisFigures } from './nemesis.js'
import type { Violations } from './audit.js'

/** What a soak has found. */
export interface SoakReport {
  readonly seed: number
  readonly seconds: number
  readonly faults: readonly string[]
  readonly operations: {
    readonly all: number
    readonly done: number
    readonly notDone: number
    readonly unknown: number
  }
  readonly violations: Violations
  /** One line about each of the first operations behind the violations. */
  readonly suspects: readonly string[]
  /** The same about those that took longest. */
  readonly slowest: readonly string[]
  /** Commits whose reply was lost: how many, what became of them, and which nobody could tell. */
  readonly unknowns: {
    readonly met: number
    readonly committed: number
    readonly aborted: number
    readonly left: number
    readonly leftAndDone: number
  }
  /** By the error's code. */
  readonly failures: Readonly<Record<string, number>>
  readonly wasted: number
  readonly nemesis: NemesisFigures
  /** From each return of the server to the first success after it. */
  readonly recoveryMillis: readonly number[]
  readonly loans: LoanFigures | undefined
  readonly most: {
    readonly connections: number | undefined
    readonly backends: number
    readonly allowed: number
  }
  readonly latencyMillis: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly memory: { readonly before: number; readonly after: number }
  readonly handles: { readonly before: number; readonly after: number }
}

/** The value that this share of the sorted values does not exceed. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** The report as lines for a person. */
export function describeSoak(name: string, report: SoakReport): string {
  const { operations, violations, unknowns, nemesis, loans, most, latencyMillis: latency } = report
  const recoveries = report.recoveryMillis.toSorted((a, b) => a - b)
  const struck = nemesis.kills + nemesis.resets + nemesis.blackHoles
  const list = (figures: object): string =>
    Object.entries(figures)
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(', ')
  const round = (millis: number | undefined): string => (millis === undefined ? '-' : millis.toFixed(0))
  return [
    `soak of ${name}, seed ${report.seed}, ${report.seconds.toFixed(1)} s, faults: ${report.faults.join(' ') || 'none'}`,
    `  operations   ${operations.all} (${(operations.all / report.seconds).toFixed(0)}/s): ${operations.done} done, ${operations.notDone} not done, ${operations.unknown} unknown`,
    `  violations   ${list(violations)}`,
    `  unknown      ${unknowns.met} met, ${unknowns.committed} resolved to committed, ${unknowns.aborted} to aborted, ${unknowns.left} left (${((100 * unknowns.left) / operations.all).toFixed(2)} % of all), of which ${unknowns.leftAndDone} were done`,
    `  nemesis      ${list(nemesis)}`,
    `  failures     ${list(report.failures)}`,
    `  wasted       ${report.wasted} failures nobody asked for, ${(report.wasted / Math.max(1, struck)).toFixed(2)} for each connection that was struck`,
    `  recovery     after a restart: p50 ${round(percentile(recoveries, 0.5))} ms, max ${round(recoveries.at(-1))} ms (${recoveries.length} measured)`,
    `  loans        ${loans === undefined ? 'not counted' : list(loans)}`,
    `  most         ${most.connections ?? '?'} connections of ${most.allowed}, ${most.backends} backends`,
    ...report.suspects.map((line) => `  suspect      ${line}`),
    `  latency      p50 ${round(latency.p50)} ms, p99 ${round(latency.p99)} ms, max ${round(latency.max)} ms`,
    `  memory       ${(report.memory.before / 2 ** 20).toFixed(0)} MB before, ${(report.memory.after / 2 ** 20).toFixed(0)} MB after; handles ${report.handles.before} before, ${report.handles.after} after`,
    ...report.slowest.map((line) => `  slowest      ${line}`),
  ].join('\n')
}

/**
 * What a failing test says. Its first line names the seed, what is wrong and the first suspects: it is all that some
 * reports print.
 */
export function explainSoak(name: string, report: SoakReport): string {
  const wrong = Object.entries(report.violations)
    .filter(([, count]) => count !== 0)
    .map(([kind, count]) => `${kind} ${String(count)}`)
  const summary = [`soak of ${name}, seed ${report.seed}`, `violations: ${wrong.join(', ') || 'none'}`]
  return `${[...summary, ...report.suspects].join(' | ')}\n${describeSoak(name, report)}\n`
}
