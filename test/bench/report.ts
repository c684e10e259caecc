import type { EntrantFigures } from './measure-workload.js'
import type { Spread } from './statistics.js'
import type { Workload } from './workload.js'

/** A workload's figures as a Markdown table. */
export function markdownTable(workload: Workload, figures: readonly EntrantFigures[]): string {
  const { name, baseline, units } = workload
  const perRequest = units?.perRequest ?? 1
  const header = [
    name,
    `${units?.name ?? 'requests'}/s (min…max)`,
    `× ${baseline}`,
    'client CPU µs/request (min…max)',
    `× ${baseline}`,
    'round trips',
    'peak MB above idle',
  ]
  const rows = figures.map((each) => [
    each.name,
    withRange(scaled(each.requestsPerSecond, perRequest), 0),
    withRange(each.requestsRatio, 2),
    withRange(each.cpuMicrosPerRequest, each.cpuMicrosPerRequest.median < 10 ? 2 : 0),
    withRange(each.cpuRatio, 2),
    each.roundTripsPerRequest?.toFixed(2) ?? '–',
    (each.peakBytes / 2 ** 20).toFixed(0),
  ])
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(header),
    line(header.map((_, index) => (index === 0 ? '---' : '---:'))),
    ...rows.map(line),
  ].join('\n')
}

function scaled({ median, min, max }: Spread, factor: number): Spread {
  return { median: median * factor, min: min * factor, max: max * factor }
}

function withRange({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}…${max.toFixed(digits)})`
}
