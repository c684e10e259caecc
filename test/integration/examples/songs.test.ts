import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'

const root = resolve(import.meta.dirname, '../../..')
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Runs an example as `npm run demo` and `npm start` do. */
function run(example: string, env: Readonly<Record<string, string>>): ChildProcess {
  const program = join(root, 'examples/songs', example)
  const child = spawn(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), program], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: '', FRAMEWORK: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

/** Waits for a program's end; its exit code and all it wrote. */
async function finished(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  const [output, errors] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')])
  return { code: child.exitCode, output: output + errors }
}

describe('npm run demo', () => {
  const clone = cloneDatabase()

  it.each(['fastify', 'express'])(
    'plays the application on %s, ends with 0 and leaves nothing',
    async (framework) => {
      const { code, output } = await finished(
        run('demo.ts', { FRAMEWORK: framework, DATABASE_URL: clone.url }),
      )
      expect(output).toContain(`${framework} on http://127.0.0.1:`)
      expect(output).toContain('begin; insert into "songs"')
      expect(output).toContain('the client hung up')
      expect(output).toContain('The pool: 0 in use')
      expect(output).toMatch(/All as expected\.\n$/)
      expect(code).toBe(0)
      expect(await clone.query("select nspname from pg_namespace where nspname like 'songs%'")).toEqual([])
    },
  )

  it('starts and stops a server of its own where DATABASE_URL is not set', async () => {
    const { code, output } = await finished(run('demo.ts', {}))
    expect(output).toMatch(/^PostgreSQL \d+/)
    expect(code).toBe(0)
  })

  it('names the frameworks there are when FRAMEWORK is another one', async () => {
    const { code, output } = await finished(run('demo.ts', { FRAMEWORK: 'koa', DATABASE_URL: clone.url }))
    expect(output).toContain('FRAMEWORK is "koa"; it may be fastify or express.')
    expect(code).toBe(1)
  })
})

describe('npm start', () => {
  const clone = cloneDatabase()

  it.each(['fastify', 'express'])(
    'serves on %s until Ctrl-C, and its three curl lines work',
    async (framework) => {
      await clone.query('drop schema if exists songs cascade')
      const child = run('start.ts', { FRAMEWORK: framework, DATABASE_URL: clone.url })
      let output = ''
      for await (const chunk of child.stdout!.setEncoding('utf8') as AsyncIterable<string>) {
        output += chunk
        if (output.includes('Ctrl-C stops it.')) break
      }
      const lines = output.split('\n').filter((line) => /^(TOKEN=\$\()?curl /.test(line))
      expect(lines).toHaveLength(3)

      const shell = spawn('sh', ['-c', lines.join('\necho\n')], { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(shell)
      const [registered, , song] = (await text(shell.stdout)).split('\n')
      expect(JSON.parse(registered!)).toMatchObject({ email: 'ada@example.org' })
      expect(JSON.parse(song!)).toMatchObject({ id: 1, artist: 'Nina Simone', title: 'Sinnerman' })

      child.kill('SIGINT')
      await once(child, 'exit')
      expect(await clone.backends()).toEqual([])
    },
  )
})
