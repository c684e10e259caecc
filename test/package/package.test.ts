import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pack, root, run, type PackedTarball } from './pack.js'

/** An application that has installed the packed tarball, and no file of this repository. */
let application: string
let folder: string
let tarball: PackedTarball

const entries = [
  'async-database',
  'async-database/adapters',
  'async-database/express',
  'async-database/fastify',
  'async-database/testing',
]
const bin = (name: string) => join(root, 'node_modules/.bin', name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'async-database-package-'))
  application = await mkdtemp(join(tmpdir(), 'async-database-application-'))
  tarball = await pack(folder)
  await writeFile(
    join(application, 'package.json'),
    JSON.stringify({ name: 'application', private: true, type: 'module' }),
  )
  // The versions this tree is tested with, which differ from leg to leg of `npm run check:matrix`.
  const peers = await Promise.all(
    ['pg', 'kysely'].map(async (name) => `${name}@${await installedVersion(name)}`),
  )
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline']
  await run(application, 'npm', 'install', ...quiet, tarball.path, ...peers)
})

afterAll(async () => {
  for (const path of [folder, application]) await rm(path, { recursive: true, force: true })
})

describe('The tarball', () => {
  it('holds the build, its types and the papers, and nothing else', () => {
    const others = tarball.files.filter((path) => !/^dist\/[\w-]+\.(js|js\.map|d\.ts)$/.test(path))
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    for (const entry of ['index', 'adapters', 'express', 'fastify', 'testing']) {
      expect(tarball.files).toContain(`dist/${entry}.js`)
      expect(tarball.files).toContain(`dist/${entry}.d.ts`)
    }
  })

  it('runs nothing when it is installed', async () => {
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    expect(Object.keys(scripts)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(pre|post)?install$|^prepare$/)]),
    )
  })

  it('passes publint', async () => {
    await run(root, bin('publint'), 'run', tarball.path, '--strict')
  })

  it('resolves with its types for every module system that can load it', async () => {
    await run(root, bin('attw'), tarball.path, '--profile', 'esm-only', '--no-emoji')
  })
})

describe('An application', () => {
  it('imports every entry', async () => {
    await expect(inApplication('import.mjs', importAll)).resolves.toContain('DatabaseError')
  })

  it('requires every entry, without a warning', async () => {
    await expect(inApplication('require.cjs', requireAll)).resolves.toContain('DatabaseError')
  })

  it('gets the same classes by import and by require', async () => {
    await expect(inApplication('both.mjs', compareAll)).resolves.toMatch(/^[1-9]\d+ names are the same\n$/)
  })

  it('catches what one entry throws with the class that another exports', async () => {
    await expect(inApplication('identity.cjs', catchAcrossEntries)).resolves.toBe('same class\n')
  })

  it('type-checks against the installed types alone', async () => {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--save-dev']
    const types = ['@types/node', '@types/express', 'fastify', 'typescript']
    const pinned = await Promise.all(types.map(async (name) => `${name}@${await installedVersion(name)}`))
    await run(application, 'npm', 'install', ...quiet, ...pinned)
    await writeFile(join(application, 'tsconfig.json'), JSON.stringify(strictTsconfig))
    await writeFile(join(application, 'app.ts'), typedApplication)
    await run(application, join(application, 'node_modules/.bin/tsc'), '-p', '.')
  })
})

const importAll = `
const [main] = await Promise.all(${JSON.stringify(entries)}.map((entry) => import(entry)))
console.log(Object.keys(main).join(' '))
`

const requireAll = `
process.on('warning', (warning) => { throw warning })
const [main] = ${JSON.stringify(entries)}.map((entry) => require(entry))
console.log(Object.keys(main).join(' '))
`

const compareAll = `
import { createRequire } from 'node:module'
const require = createRequire(import.meta.url)
let same = 0
for (const entry of ${JSON.stringify(entries)}) {
  const imported = await import(entry)
  const required = require(entry)
  for (const name of Object.keys(imported)) {
    if (imported[name] !== required[name]) throw new Error(entry + ' has two ' + name)
    same++
  }
}
console.log(same + ' names are the same')
`

const catchAcrossEntries = `
const { ConfigurationError } = require('async-database')
import('async-database/testing').then(({ startPostgres }) => startPostgres({ nonsense: 1 })).catch((error) => {
  console.log(error instanceof ConfigurationError ? 'same class' : error)
})
`

/** skipLibCheck is off: our own declarations are checked too. */
const strictTsconfig = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    module: 'NodeNext',
    target: 'ES2022',
    lib: ['ES2023', 'ESNext.Disposable', 'DOM'],
    types: ['node'],
    skipLibCheck: false,
  },
  files: ['app.ts'],
}

const typedApplication = `
import { AsyncDatabase, Metadata, bigint, table, text, type InferDatabase } from 'async-database'
import * as express from 'async-database/express'
import * as fastify from 'async-database/fastify'
import { startPostgres } from 'async-database/testing'

const person = table('person', { id: bigint().identity().primaryKey(), name: text().notNull() })
const tables = { person }
interface DB extends InferDatabase<typeof tables> {}

export async function names(): Promise<string[]> {
  await using server = await startPostgres()
  const metadata = new Metadata({ schema: 'public', tables })
  await using database = new AsyncDatabase<DB>({ url: server.url, metadata })
  await using session = database.session()
  const rows = await session.selectFrom('person').select('name').execute()
  // @ts-expect-error -- proves that the types arrived: any would accept this.
  await session.selectFrom('nobody').selectAll().execute()
  return rows.map(({ name }) => name)
}
export { express, fastify }
`

async function inApplication(file: string, text: string): Promise<string> {
  await writeFile(join(application, file), text)
  return await run(application, process.execPath, file)
}

async function installedVersion(name: string): Promise<string> {
  const manifest = await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
