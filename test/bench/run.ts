import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startPostgres } from '../../src/testing/start-postgres.js'
import { buildEntrants } from './build-entrants.js'
import { measureWorkload, type EntrantFigures } from './measure-workload.js'
import { markdownTable } from './report.js'
import { workloads } from './workloads.js'

const USAGE = `npm run bench -- [options]
  --rounds <n>         rounds per workload, at least 5 for figures to keep (default 5)
  --seconds <n>        seconds of one entrant in one round (default 3)
  --concurrency <n>    requests under way at a time (default 10)
  --only <names>       only these, with commas between them (default: all); w1 stands for all that begin with it:
                       ${workloads.map(({ name }) => name).join(', ')}
  --json <file>        writes all figures there as well
  --bin-directory <d>  another PostgreSQL's programs, e.g. /usr/lib/postgresql/15/bin
`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '3' },
    concurrency: { type: 'string', default: '10' },
    only: { type: 'string' },
    json: { type: 'string' },
    'bin-directory': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  process.stdout.write(USAGE)
} else {
  await main()
}

async function main(): Promise<void> {
  const rounds = positive('rounds', values.rounds)
  const seconds = positive('seconds', values.seconds)
  const concurrency = positive('concurrency', values.concurrency)
  const only = values.only?.toLowerCase().split(',')
  const unknown = only?.find((wanted) => !workloads.some(({ name }) => isMeant(wanted, name)))
  if (unknown !== undefined) throw new Error(`There is no workload "${unknown}".\n${USAGE}`)
  const chosen = workloads.filter(({ name }) => only?.some((wanted) => isMeant(wanted, name)) ?? true)

  const interruption = new AbortController()
  process.once('SIGINT', () => {
    log('interrupted: the complete rounds are reported')
    interruption.abort()
  })
  await using server = await startPostgres({ binDirectory: values['bin-directory'], logger: log })
  await using built = await buildEntrants()
  const loadBefore = loadavg()[0] ?? 0
  if (loadBefore > 1) log(`the machine is busy (load ${loadBefore.toFixed(1)}): expect wide ranges`)
  const results: { name: string; title: string; baseline: string; entrants: EntrantFigures[] }[] = []
  for (const workload of chosen) {
    if (interruption.signal.aborted) break
    const { name, title, baseline } = workload
    const atATime = workload.concurrency ?? concurrency
    log(`${name}: ${title}, ${String(atATime)} at a time, ${String(rounds)} rounds of ${String(seconds)} s`)
    const entrants = await measureWorkload(workload, {
      serverUrl: server.url,
      processFile: built.processFile,
      rounds,
      seconds,
      concurrency: atATime,
      signal: interruption.signal,
      log,
    })
    results.push({ name, title, baseline, entrants })
    if (entrants.length === 0) log(`${name}: no complete round`)
    else process.stdout.write(`\n${name}: ${title}\n\n${markdownTable(workload, entrants)}\n\n`)
  }
  if (values.json !== undefined) {
    const conditions = {
      date: new Date().toISOString(),
      node: process.version,
      postgres: server.version,
      source: server.source,
      cpu: cpus()[0]?.model ?? 'unknown',
      cores: availableParallelism(),
      loadBefore,
      rounds,
      seconds,
      concurrency,
      isComplete: !interruption.signal.aborted,
    }
    await writeFile(values.json, `${JSON.stringify({ conditions, workloads: results }, undefined, 2)}\n`)
    log(`figures written to ${values.json}`)
  }
  if (interruption.signal.aborted) process.exitCode = 130
}

/** Whether a name on the command line means a workload: its own name, or the beginning of it before a hyphen. */
function isMeant(wanted: string, name: string): boolean {
  return name === wanted || name.startsWith(`${wanted}-`)
}

/** Progress goes to standard error, so that standard output holds the tables alone. */
function log(line: string): void {
  process.stderr.write(`${line}\n`)
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new Error(`--${name} is "${text}"; a number above 0 is expected.\n${USAGE}`)
}
