import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { AnyColumn } from '../../src/metadata/column.js'
import { AsyncDatabase, extension, Metadata, table } from '../../src/index.js'
import * as everything from '../../src/index.js'
import * as geometric from '../../src/metadata/geometric-columns.js'
import * as numbers from '../../src/metadata/number-columns.js'
import * as ranges from '../../src/metadata/range-columns.js'
import * as system from '../../src/metadata/system-columns.js'
import * as texts from '../../src/metadata/text-columns.js'
import * as times from '../../src/metadata/time-columns.js'
import * as values from '../../src/metadata/value-columns.js'
import { executeOnce, temporaryDatabase, type TemporaryDatabase } from '../support/temporary-database.js'
import { rowsOf } from '../integration/ddl/create-in.js'
import { typeErrors } from './type-errors.js'

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, '.tmp', `types-${String(process.pid)}`)
const page = 'docs/reference/types.md'

interface Row {
  readonly column: string
  readonly server: string
  readonly read: string
  readonly written: string
  readonly value: string
  readonly back: string
  readonly line: number
}

/** Rows of the page's tables: those whose first cell is code. */
function rowsOfPage(): readonly Row[] {
  return readFileSync(join(root, page), 'utf8')
    .split('\n')
    .flatMap((text, at) => {
      const cells = text.split(/(?<!\\)\|/).map((cell) => codeOf(cell.trim()))
      const [, column = '', server = '', read = '', written = '', value = '', back = ''] = cells
      return text.startsWith('| `')
        ? [{ column, server, read, written, value, back: back || value, line: at + 1 }]
        : []
    })
}

function codeOf(cell: string): string {
  return cell.replace(/^`(.*)`$/, '$1').replaceAll('\\|', '|')
}

/** A module of the page's columns and values, which the compiler also checks. */
function moduleOf(rows: readonly Row[]): string {
  const names = Object.keys(everything).filter((name) =>
    rows.some(({ column }) => column.includes(`${name}(`) || column.includes(`${name}<`)),
  )
  return [
    `import { ${names.join(', ')}, type Circle, type Point } from '../../src/index.js'`,
    'type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false',
    'export type Used = Circle | Point',
    ...rows.flatMap(({ column, read, written, value, back }, at) => [
      `const column${at} = ${column}`,
      `export const read${at}: Same<(typeof column${at})['$read'], ${read}> = true`,
      `export const written${at}: Same<(typeof column${at})['$write'], ${written}> = true`,
      `const value${at}: ${written} = ${value}`,
      `const back${at}: ${read} = ${back}`,
    ]),
    `export const rows = [${rows.map((_, at) => `{ column: column${at}, value: value${at}, back: back${at} }`).join(', ')}]`,
    '',
  ].join('\n')
}

describe('The page of types', () => {
  const rows = rowsOfPage()
  const path = join(folder, 'page.ts')
  let database: TemporaryDatabase

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    writeFileSync(path, moduleOf(rows))
    database = await temporaryDatabase(inject('databaseUrl'))
    await executeOnce(database.url, 'create extension citext')
  })
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true })
    await database.drop()
  })

  it('has a row for every builder', () => {
    const builders = Object.keys({
      ...numbers,
      ...texts,
      ...times,
      ...geometric,
      ...ranges,
      ...system,
      ...values,
    })
    expect(builders.length).toBeGreaterThan(50)
    expect(builders.filter((name) => !rows.some(({ column }) => column.startsWith(name)))).toEqual([])
  })

  it('says what TypeScript says', () => {
    const example = { file: page, line: 1, indent: 0, code: readFileSync(path, 'utf8'), path, mode: 'ts' }
    const errors = typeErrors(root, [example as never])
    expect([...errors.values()].flat().map(String)).toEqual([])
  }, 180_000)

  it('says what the server says, and every value comes back as it says', async () => {
    const made = (await import(path)) as {
      readonly rows: readonly {
        readonly column: AnyColumn
        readonly value: unknown
        readonly back: unknown
      }[]
    }
    const columns = Object.fromEntries(made.rows.map(({ column }, at) => [`c${at}`, column]))
    const metadata = new Metadata({
      tables: { all: table('all', columns) },
      extensions: [extension('citext')],
    })
    await using db = new AsyncDatabase<{ all: Record<string, unknown> }>({ url: database.url, metadata })
    await db.createAll()
    const types = await rowsOf<{ type: string }>(
      database.url,
      `select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = '"all"'::regclass and attnum > 0 order by attnum`,
    )
    expect(types.map(({ type }) => type)).toEqual(rows.map(({ server }) => server))
    await using session = db.session()
    const written = Object.fromEntries(made.rows.map(({ value }, at) => [`c${at}`, value]))
    await session.insertInto('all').values(written).execute()
    const [read] = await session.selectFrom('all').selectAll().execute()
    for (const [at, { back }] of made.rows.entries())
      expect(read?.[`c${at}`], `${page}:${rows[at]?.line}`).toEqual(back)
  })
})
