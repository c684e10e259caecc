import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as prettier from 'prettier'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import type { Metadata } from '../../../src/metadata/metadata.js'
import { reflect, type ReflectOptions } from '../../../src/reflection/reflect.js'
import { renderMetadata } from '../../../src/rendering/render-metadata.js'
import { catalogLines } from '../../support/catalog-lines.js'
import { executeOnce, temporaryDatabase } from '../../support/temporary-database.js'
import { createIn } from '../ddl/create-in.js'
import { everyFeature } from '../ddl/every-feature.js'
import { via } from '../../support/via.js'
import { ODD_SCHEMA } from './odd-schema.js'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const FOLDER = join(ROOT, '.tmp', `render-${String(process.pid)}`)
const COMPILER = createRequire(import.meta.url).resolve('typescript/lib/tsc.js')
const SCHEMAS = join(ROOT, '..', 'shared', 'schemas')
const STYLE = JSON.parse(readFileSync(join(ROOT, '.prettierrc.json'), 'utf8')) as prettier.Options

interface Case {
  readonly name: string
  readonly fill: (url: string) => Promise<void>
  readonly options?: ReflectOptions
}

const file = (name: string): Case => ({
  name,
  fill: (url) => executeOnce(url, readFileSync(join(SCHEMAS, `${name}.sql`), 'utf8')),
})
const files = ['chinook-identity', 'northwind', 'pagila'].filter((name) =>
  existsSync(join(SCHEMAS, `${name}.sql`)),
)
const cases: readonly Case[] = [
  {
    name: 'every-feature',
    fill: (url) => createIn(url, everyFeature(inject('serverVersion'))),
    options: { schemas: ['app', 'Other Schema', 'empty'] },
  },
  { name: 'odd', fill: (url) => executeOnce(url, ODD_SCHEMA) },
  ...files.map(file),
]

describe('renderMetadata', () => {
  beforeAll(() => {
    mkdirSync(FOLDER, { recursive: true })
  })
  afterAll(() => {
    rmSync(FOLDER, { recursive: true, force: true })
  })

  it.each(cases)(
    'writes source from which $name is created again',
    async ({ name, fill, options }) => {
      await using first = await temporaryDatabase(inject('databaseUrl'))
      await fill(first.url)
      await using database = new AsyncDatabase({ ...via(first.url) })
      const metadata = await reflect(database, options)
      const lines = await catalogLines(first.url)
      for (const splitBySchema of [false, true]) {
        const folder = `${name}-${String(splitBySchema)}`
        const rendered = renderMetadata(metadata, { splitBySchema, packageName: '../../../src/index.js' })
        expect(rendered).toEqual(
          renderMetadata(await reflect(database, options), {
            splitBySchema,
            packageName: '../../../src/index.js',
          }),
        )
        for (const [path, source] of Object.entries(rendered)) {
          mkdirSync(join(FOLDER, folder), { recursive: true })
          writeFileSync(join(FOLDER, folder, path), source)
          expect(await prettier.format(source, { ...STYLE, parser: 'typescript' })).toBe(source)
        }
        const module = (await import(join(FOLDER, folder, 'tables.ts'))) as { readonly metadata: Metadata }
        await using second = await temporaryDatabase(inject('databaseUrl'))
        await createIn(second.url, module.metadata)
        expect(await catalogLines(second.url)).toEqual(lines)
      }
    },
    120_000,
  )

  it('writes source that compiles under strict settings', () => {
    const config = {
      extends: join(ROOT, 'tsconfig.json'),
      include: ['./*/*.ts', '../../src/**/*.d.ts'],
      compilerOptions: { rootDir: ROOT, noEmit: true, noUnusedLocals: true },
    }
    writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify(config))
    const compile = () =>
      execFileSync(process.execPath, [COMPILER, '-p', join(FOLDER, 'tsconfig.json')], { encoding: 'utf8' })
    expect(compile()).toBe('')
  }, 300_000)
})
