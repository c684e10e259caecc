import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { largeSchema } from './large-schema.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDER = join(ROOT, '.tmp', `type-cost-${String(process.pid)}`)
/** TYPESCRIPT_COMPILER is the tsc of another version: `npm run check:matrix -- typescript-7`. */
const COMPILER =
  process.env['TYPESCRIPT_COMPILER'] ?? createRequire(import.meta.url).resolve('typescript/lib/tsc.js')

interface Cost {
  readonly instantiations: number
  readonly checkSeconds: number
}

/** Compiles one generated program and reads what it cost. Instantiations are the same on every machine. */
function costOf(name: string, source: string): Cost {
  mkdirSync(FOLDER, { recursive: true })
  writeFileSync(join(FOLDER, `${name}.ts`), source)
  const config = { extends: join(ROOT, 'tsconfig.json'), include: [], files: [`./${name}.ts`] }
  writeFileSync(
    join(FOLDER, `${name}.json`),
    JSON.stringify({
      ...config,
      compilerOptions: { rootDir: ROOT, noUnusedLocals: false, noUnusedParameters: false },
    }),
  )
  const output = execFileSync(
    process.execPath,
    [COMPILER, '-p', join(FOLDER, `${name}.json`), '--noEmit', '--extendedDiagnostics'],
    { encoding: 'utf8' },
  )
  return { instantiations: figure(output, 'Instantiations'), checkSeconds: figure(output, 'Check time') }
}

function figure(output: string, label: string): number {
  return Number(new RegExp(`^${label}:\\s+([\\d.]+)`, 'm').exec(output)?.[1])
}

describe('InferDatabase', () => {
  afterAll(() => {
    rmSync(FOLDER, { recursive: true, force: true })
  })

  const base = { tables: 200, metadataPath: '../../src/metadata' }

  it('costs the compiler at most 300,000 instantiations for 200 tables of 15 columns and 100 queries', () => {
    const cost = costOf('queries', largeSchema({ ...base, queries: 100, withCheckReferences: false }))
    expect(cost.instantiations).toBeLessThanOrEqual(300_000)
    expect(cost.instantiations).toBeGreaterThan(1_000)
  }, 120_000)

  it('adds at most 70,000 instantiations for the proof that every reference fits', () => {
    const plain = costOf('plain', largeSchema({ ...base, queries: 0, withCheckReferences: false }))
    const checked = costOf('checked', largeSchema({ ...base, queries: 0, withCheckReferences: true }))
    expect(checked.instantiations - plain.instantiations).toBeLessThanOrEqual(70_000)
    expect(checked.instantiations).toBeGreaterThan(plain.instantiations)
  }, 120_000)
})
