import { describe, expect, it } from 'vitest'
import { createStatements } from '../../../src/ddl/create-statements.js'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { primaryKey, unique } from '../../../src/metadata/key-constraint.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { integer, numeric } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { newerFeatures } from '../../support/newer-features.js'

const a = integer().notNull()

describe('createStatements, for the version of a server', () => {
  it.each(newerFeatures)('refuses before PostgreSQL %i: %s', (since, words, options) => {
    const metadata = new Metadata(options)
    const write = (serverVersion?: number) => createStatements(metadata, { serverVersion })
    const refusal = `${words}, which came with PostgreSQL ${String(since)}`
    expect(() => write(since - 1)).toThrow(refusal)
    expect(() => write(since - 1)).toThrow(`The server is PostgreSQL ${String(since - 1)}, and the `)
    expect(() => write(since - 1)).toThrow(ConfigurationError)
    expect(write(since).length).toBeGreaterThan(0)
    expect(write(since)).toEqual(write())
  })

  it('names everything that the server lacks', () => {
    const t = table('t', { a, b: integer().generatedAs('a', 'virtual') }, (columns) => [
      unique(columns.a).nullsNotDistinct(),
    ])
    expect(() => createStatements(new Metadata({ tables: { t } }), { serverVersion: 14 })).toThrow(
      /public\.t\.b uses a virtual generated column.*; the constraint t_a_key of public\.t uses NULLS NOT DISTINCT/,
    )
  })

  it('leaves alone what is there already', () => {
    const t = table('t', { a, b: integer().generatedAs('a', 'virtual') })
    const metadata = new Metadata({ tables: { t } })
    const existing = [
      { kind: 'schema', schema: '', name: 'public', detail: '' },
      { kind: 'relation', schema: 'public', name: 't', detail: '' },
    ]
    expect(createStatements(metadata, { existing, serverVersion: 14 })).toEqual([])
  })

  it('takes what needs no version', () => {
    const t = table('t', { a, b: numeric(4, 2), c: numeric() }, (columns) => [primaryKey(columns.a)])
    expect(createStatements(new Metadata({ tables: { t } }), { serverVersion: 14 })).toHaveLength(1)
  })
})
