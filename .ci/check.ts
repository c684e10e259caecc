/**
 * Everything that must hold before a change is merged: `npm run check`. CI runs nothing else.
 *
 * Each step is a script of package.json, so that a step which failed here can be run alone by its name. All steps run,
 * also after one has failed. The last lines name each test that failed and count each test and each other step once.
 *
 * A test that failed is run once more, its file alone. If it passes then, it is named as unsteady and does not fail the
 * check: a race with the rest of a busy machine, to be mended, but no reason to doubt the change at hand.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { readTestReport, type FailedTest } from './test-report.js'

const root = resolve(import.meta.dirname, '..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>
}

/** The quick ones first: whoever waits learns of a missing comma before the database starts. */
const steps = [
  'format',
  'lint',
  'types',
  'stairs',
  'dead',
  'test',
  'test:docs',
  'test:faults',
  'docs',
  'test:package',
] as const

/**
 * Such a command runs Vitest and has no second chance: its faults come at random moments, so that a run which passes
 * says nothing about the one before it that did not.
 */
const RUNS_ONCE = /^tsx test\/faults\/run\.ts$/

interface Outcome {
  readonly step: string
  readonly seconds: number
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
  readonly failures: readonly FailedTest[]
  readonly unsteady: readonly FailedTest[]
}

const outcomes: Outcome[] = []
for (const step of steps) outcomes.push(await run(step))

console.log('\n')
for (const { step, seconds, ok, passed, failed } of outcomes) {
  const tests = passed + failed > 1 ? `  ${passed} passed, ${failed} failed` : ''
  console.log(`${ok ? '  ok  ' : 'FAILED'}  ${step.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s${tests}`)
}
for (const { step, failures, unsteady } of outcomes) {
  for (const { file, name, message } of failures)
    console.log(`\nFAILED  ${step}  ${file}\n  ${name}\n  ${message}`)
  for (const { file, name, message } of unsteady) {
    console.log(
      `\nUNSTEADY  ${step}  ${file}\n  ${name}\n  passed when run again alone; at first: ${message}`,
    )
  }
}
const broken = outcomes.filter(({ ok }) => !ok).map(({ step }) => `npm run ${step}`)
if (broken.length > 0) console.log(`\nEach can be run alone: ${broken.join(', ')}`)
const total = (count: (outcome: Outcome) => number) => outcomes.map(count).reduce((a, b) => a + b, 0)
console.log(`\n${total(({ passed }) => passed)} passed, ${total(({ failed }) => failed)} failed`)
process.exitCode = broken.length === 0 ? 0 : 1

async function run(step: (typeof steps)[number]): Promise<Outcome> {
  const command = scripts[step] ?? ''
  console.log(`\n── ${step} ${'─'.repeat(60 - step.length)}\n$ ${command}`)
  const started = performance.now()
  const outcome = command.startsWith('vitest ')
    ? await runTests(step, command)
    : await (RUNS_ONCE.test(command) ? runAndRead(step, command) : runTool(command))
  return { step, seconds: (performance.now() - started) / 1000, ...outcome }
}

type Counts = Omit<Outcome, 'step' | 'seconds'>

async function runTool(command: string): Promise<Counts> {
  const ok = (await shell(command)) === 0
  return { ok, passed: ok ? 1 : 0, failed: ok ? 0 : 1, failures: [], unsteady: [] }
}

async function runTests(step: string, command: string): Promise<Counts> {
  const first = await runAndRead(step, command)
  if (first.failures.length === 0 || first.hasOtherErrors) return first
  const files = [...new Set(first.failures.map(({ file }) => file))]
  console.log(`\n── ${step}: once more, alone: ${files.join(' ')}\n`)
  const second = await runAndRead(`${step}-again`, `${command} ${files.map((file) => `"${file}"`).join(' ')}`)
  const isSame = (one: FailedTest) => (other: FailedTest) =>
    one.file === other.file && one.name === other.name
  const unsteady = first.failures.filter((failure) => !second.failures.some(isSame(failure)))
  const failed = second.ok ? 0 : Math.max(1, second.failures.length)
  return {
    ok: second.ok,
    passed: first.passed + unsteady.length,
    failed,
    failures: second.failures,
    unsteady,
  }
}

/** Runs a script of vitest and reads what it reported; a run that broke down without a failed test counts as one failure. */
async function runAndRead(step: string, command: string): Promise<Counts & { hasOtherErrors: boolean }> {
  const path = join(root, '.tmp', `${step.replace(':', '-')}.json`)
  mkdirSync(join(root, '.tmp'), { recursive: true })
  rmSync(path, { force: true })
  const ok = (await shell(`${command} --reporter=default --reporter=json --outputFile.json="${path}"`)) === 0
  const { passed, failures } = readTestReport(path, root)
  const failed = ok ? 0 : Math.max(1, failures.length)
  return { ok, passed, failed, failures, unsteady: [], hasOtherErrors: !ok && failures.length === 0 }
}

async function shell(command: string): Promise<number> {
  return new Promise((done) => {
    const child = spawn(command, {
      cwd: root,
      shell: true,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        PATH: join(root, 'node_modules/.bin') + delimiter + (process.env['PATH'] ?? ''),
      },
    })
    child.on('error', () => {
      done(1)
    })
    child.on('close', (code) => {
      done(code ?? 1)
    })
  })
}
