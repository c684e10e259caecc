import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { checkSchemaName } from '../../../src/foundation/schema-name.js'

describe('checkSchemaName', () => {
  it.each(['public', 'tenant_acme', 'Tenant "A"', 'a,b', 'x; drop table y', 'pgx', 'x'.repeat(63)])(
    'passes %s unchanged',
    (name) => {
      expect(checkSchemaName(name, 'schema')).toBe(name)
    },
  )

  it.each([
    ['', 'is empty'],
    ['a\0b', 'NUL'],
    ['x'.repeat(64), '64 bytes'],
    ['é'.repeat(32), '64 bytes'],
    ['pg_temp', 'begins with pg_'],
    ['PG_Catalog', 'begins with pg_'],
    ['information_schema', 'belongs to the server'],
    ['\udc00', 'surrogate'],
    [null, 'not a string'],
    [['public'], 'not a string'],
  ])('refuses %j and says where it came from', (name, flaw) => {
    const check = () => checkSchemaName(name, 'DB_SCHEMA')
    expect(check).toThrow(ConfigurationError)
    expect(check).toThrow(/^DB_SCHEMA: /)
    expect(check).toThrow(flaw)
  })
})
