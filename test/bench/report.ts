import type { EntrantFigures } from './measure-workload.js'
import type { Spread } from './statistics.js'
import type { Workload } from './workload.js'

/** A workload's figures as a Markdown table. */
export function markdownTable(workload: Workload, figures: readonly EntrantFigures[]): string {
  const header = [
    workload.name,
    'requests/s (min…max)',
    `× ${workload.baseline}`,
    'client CPU µs/request (min…max)',
    `× ${workload.baseline}`,
    'round trips',
  ]
  const rows = figures.map((each) => [
    each.name,
    withRange(each.requestsPerSecond, 0),
    withRange(each.requestsRatio, 2),
    withRange(each.cpuMicrosPerRequest, 0),
    withRange(each.cpuRatio, 2),
    each.roundTripsPerRequest?.toFixed(2) ?? '–',
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(header),
    line(header.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n')
}

function withRange({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}…${max.toFixed(digits)})`
}
