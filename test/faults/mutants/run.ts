/**
 * `npm run test:mutants`: brings ten bugs back, each into a copy of the tree, and fails unless the tests notice all ten.
 *
 * A suite that passes says that the code is right, or that the suite is blind; this tells the two apart. The tests that
 * must notice also run in `npm run check` without a bug, where they pass.
 */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startPostgres } from '../../../src/testing/start-postgres.js'
import { MUTANTS, type Mutant } from './mutants.js'

const root = resolve(import.meta.dirname, '../../..')
const COPIED = ['src', 'test', 'vitest.config.ts', 'package.json', 'tsconfig.json']
const AT_ONCE = 2
const PATIENCE_MILLIS = 180_000
/** Quick, and of both kinds: in memory and on the server. */
const HARMLESS = ['test/faults/pool/pool-model.test.ts', 'test/faults/session/retry-under-faults.test.ts']

interface Verdict {
  readonly total: number
  readonly failed: readonly string[]
  readonly output: string
}

await using server = await startPostgres({ binDirectory: process.env['POSTGRES_BIN_DIRECTORY'] || undefined })
const wanted = process.argv[2]
const mutants = MUTANTS.filter(({ name }) => wanted === undefined || name.includes(wanted))
await Promise.all(mutants.map(textOf)) // Before minutes are spent.
const jobs = [() => passes(), ...mutants.map((mutant) => () => dies(mutant))]
const outcomes: boolean[] = []
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) outcomes.push(await job())
  }),
)
const survivors = outcomes.filter((isRight) => !isRight).length
console.log(survivors === 0 ? `All ${mutants.length} mutants die.` : `${survivors} of these are wrong.`)
process.exitCode = survivors === 0 ? 0 : 1

/** Without a bug a copy passes: it is the bugs that are noticed, and not the copying. */
async function passes(): Promise<boolean> {
  const { total, failed, output } = await runTests(HARMLESS)
  const isRight = total > 0 && failed.length === 0
  console.log(`${isRight ? 'passes  ' : 'BROKEN  '}  without a bug`)
  if (!isRight) console.log(output)
  return isRight
}

async function dies(mutant: Mutant): Promise<boolean> {
  const { failed, output } = await runTests(mutant.killers, mutant)
  const isRight = failed.length > 0
  console.log(
    `${isRight ? 'dies    ' : 'SURVIVES'}  ${mutant.name}${isRight ? `: ${String(failed[0])}` : ''}`,
  )
  if (!isRight) console.log(output)
  return isRight
}

async function textOf({ name, file, find }: Mutant): Promise<string> {
  const text = await readFile(join(root, file), 'utf8')
  const count = text.split(find).length - 1
  if (count === 1) return text
  throw new Error(
    `The mutant "${name}" finds its text ${count} times in ${file}, once is needed. Write the bug anew in test/faults/mutants/mutants.ts:\n${find}`,
  )
}

async function runTests(killers: readonly string[], mutant?: Mutant): Promise<Verdict> {
  const copy = await mkdtemp(join(tmpdir(), 'async-database-mutant-'))
  try {
    for (const name of COPIED) await cp(join(root, name), join(copy, name), { recursive: true })
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
    if (mutant !== undefined) {
      const text = await textOf(mutant)
      await writeFile(
        join(copy, mutant.file),
        text.replace(mutant.find, () => mutant.replace),
      )
    }
    const report = join(copy, 'report.json')
    const output = await runVitest(copy, [...killers, '--reporter=json', `--outputFile=${report}`])
    return { ...(await readReport(report)), output }
  } finally {
    await rm(copy, { recursive: true, force: true, maxRetries: 5 })
  }
}

async function runVitest(copy: string, args: readonly string[]): Promise<string> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--bail=1', ...args], {
    cwd: copy,
    env: { ...process.env, DATABASE_URL: server.url, FAULTS_SHRINK: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Vitest's workers would outlive it.
    detached: true,
  })
  const end = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, PATIENCE_MILLIS)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await new Promise((done) => child.once('close', done))
  clearTimeout(end)
  return output
}

async function readReport(path: string): Promise<Omit<Verdict, 'output'>> {
  const text = await readFile(path, 'utf8').catch(() => '{"testResults":[]}')
  const { testResults } = JSON.parse(text) as {
    testResults: { assertionResults: { fullName: string; status: string }[] }[]
  }
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  return {
    total: tests.filter(({ status }) => status === 'passed' || status === 'failed').length,
    failed: tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  }
}
