/**
 * `npm run test:faults -- [--seconds <n>] [--seed <n>] [--runs <n>] [Vitest's own arguments]`
 *
 * --seconds: how long each soak lasts; short by default, so that the whole fits into `npm run check`
 * --runs:    how many programs a model is given for each seed
 * --seed:    replays what a report has named, instead of the usual seeds
 */
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const settings = { '--seconds': 'FAULTS_SECONDS', '--seed': 'FAULTS_SEED', '--runs': 'FAULTS_RUNS' } as const
const env = { ...process.env }
const rest: string[] = []
const given = process.argv.slice(2)
for (let argument = given.shift(); argument !== undefined; argument = given.shift()) {
  const [name = '', attached] = argument.split('=', 2)
  if (!(name in settings)) {
    rest.push(argument)
    continue
  }
  const value = attached ?? given.shift()
  if (!Number.isFinite(Number(value ?? 'none')))
    throw new Error(`${name} needs a number, not ${String(value)}.`)
  env[settings[name as keyof typeof settings]] = value
}

const vitest = resolve(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
const child = spawn(process.execPath, [vitest, 'run', '--project', 'faults', ...rest], {
  env,
  stdio: 'inherit',
})
child.on('close', (code) => (process.exitCode = code ?? 1))
