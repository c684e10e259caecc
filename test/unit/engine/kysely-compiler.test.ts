import { Kysely, PostgresQueryCompiler, type QueryCompiler } from 'kysely'
import { describe, expect, it } from 'vitest'
import { KyselyCompiler } from '../../../src/engine/kysely-compiler.js'
import { KyselyDialect } from '../../../src/engine/kysely-dialect.js'

type Tables = Record<string, Record<string, unknown>>

/** What a query on a table and a column of these names becomes. */
function compiled(compiler: QueryCompiler, name: string): string {
  const dialect = new KyselyDialect({} as never, compiler)
  const db = new Kysely<Tables>({ dialect })
  return db.withSchema(name).selectFrom(`${name} as ${name}`).select(name).where(name, '=', 1).compile().sql
}

describe('KyselyCompiler', () => {
  it.each(['person', 'a"b', '"', '""', 'person" where 1 = 1 --', 'naïve', "it's", ''])(
    'quotes the name %j as Kysely does',
    (name) => {
      expect(compiled(new KyselyCompiler(), name)).toBe(compiled(new PostgresQueryCompiler(), name))
    },
  )

  it('doubles the quotation marks of a name', () => {
    expect(compiled(new KyselyCompiler(), 'a"b')).toContain('"a""b"')
  })
})
