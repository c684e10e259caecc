import { spawn } from 'node:child_process'
import { OperationalError } from '../errors/operational-error.js'
import type { ServerAccount } from './server-account.js'

/** How {@link runProgram} starts a program. @internal */
export interface RunProgramOptions extends ServerAccount {
  readonly cwd: string
}

/**
 * The environment of PostgreSQL's programs: nothing of ours but what finds shared libraries.
 *
 * PGDATA, PGPORT or PGOPTIONS of the caller would steer the server, and a translated message could not be
 * recognized, hence the C locale.
 *
 * @internal
 */
export function programEnvironment(): Record<string, string> {
  const environment: Record<string, string> = { LC_ALL: 'C', PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
  for (const name of ['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'TZ', 'TZDIR']) {
    const value = process.env[name]
    if (value !== undefined) environment[name] = value
  }
  return environment
}

/**
 * Runs a program to its end and returns what it wrote to its standard output.
 *
 * @throws {@link OperationalError} if it can't be started or ends with another exit code than 0; the message
 * carries the last lines it wrote.
 * @internal
 */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: RunProgramOptions,
): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...options,
      env: programEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let complaints = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text))
    child.on('error', (cause) => {
      reject(new OperationalError({ message: `"${file}" can't be started: ${cause.message}.`, cause }))
    })
    child.on('close', (exitCode, signal) => {
      if (exitCode === 0) {
        resolve(output)
        return
      }
      const said = lastLines(complaints || output)
      reject(
        new OperationalError({
          message: `"${file}" ended with ${signal ?? `exit code ${String(exitCode)}`}: ${said}`,
          ...(/shared librar/i.test(complaints) && {
            hint: 'Its libraries are missing. Packages installed with --ignore-scripts need "npm rebuild" once.',
          }),
        }),
      )
    })
  })
}

/** The last lines of a log, on one line, short enough for an error message. @internal */
export function lastLines(text: string): string {
  return text.trim().split('\n').slice(-5).join(' | ').slice(-1_000)
}
