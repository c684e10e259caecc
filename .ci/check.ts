/**
 * Everything that must hold before a change is merged: `npm run check`. CI runs nothing else.
 *
 * Each step is a script of package.json, so that a step which failed here can be run alone by its name. All steps run,
 * also after one has failed. The last line counts each test and each other step once.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

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
  'docs',
  'test:package',
] as const

interface Outcome {
  readonly step: string
  readonly seconds: number
  readonly ok: boolean
  readonly passed: number
  readonly failed: number
}

const outcomes: Outcome[] = []
for (const step of steps) outcomes.push(await run(step))

console.log('\n')
for (const { step, seconds, ok, passed, failed } of outcomes) {
  const tests = passed + failed > 1 ? `  ${passed} passed, ${failed} failed` : ''
  console.log(`${ok ? '  ok  ' : 'FAILED'}  ${step.padEnd(12)} ${seconds.toFixed(1).padStart(6)} s${tests}`)
}
const broken = outcomes.filter(({ ok }) => !ok).map(({ step }) => `npm run ${step}`)
if (broken.length > 0) console.log(`\nEach can be run alone: ${broken.join(', ')}`)
const total = (count: (outcome: Outcome) => number) => outcomes.map(count).reduce((a, b) => a + b, 0)
console.log(`\n${total(({ passed }) => passed)} passed, ${total(({ failed }) => failed)} failed`)
process.exitCode = broken.length === 0 ? 0 : 1

async function run(step: (typeof steps)[number]): Promise<Outcome> {
  const command = scripts[step] ?? ''
  const report = command.startsWith('vitest ')
    ? join(root, '.tmp', `${step.replace(':', '-')}.json`)
    : undefined
  console.log(`\n── ${step} ${'─'.repeat(60 - step.length)}\n$ ${command}`)
  if (report !== undefined) {
    mkdirSync(join(root, '.tmp'), { recursive: true })
    rmSync(report, { force: true })
  }
  const started = performance.now()
  const code = await shell(
    report === undefined
      ? command
      : `${command} --reporter=default --reporter=json --outputFile.json="${report}"`,
  )
  const seconds = (performance.now() - started) / 1000
  const ok = code === 0
  const counted = report === undefined ? undefined : testCounts(report)
  const { passed, failed } = counted ?? { passed: ok ? 1 : 0, failed: 0 }
  // A step that failed without a failing test (a crash, a leak found at the end) still counts.
  return { step, seconds, ok, passed, failed: ok || failed > 0 ? failed : 1 }
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

function testCounts(report: string): { passed: number; failed: number } | undefined {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
      numPassedTests: number
      numFailedTests: number
    }
    return { passed: numPassedTests, failed: numFailedTests }
  } catch {
    return undefined
  }
}
