import { inspect } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { ConfigurationError } from '../../../src/errors/usage-error.js'

const url = 'postgres://app@localhost/shop'
const resolve = (options: object) => resolveOptions({ url, ...options })

/** The message of the refusal. */
function refusal(options: unknown): string {
  try {
    resolveOptions(options as AsyncDatabaseOptions)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return (error as Error).message
  }
  throw new Error('the options were accepted')
}

describe('resolveOptions', () => {
  it('fills in every default', () => {
    expect(resolve({})).toEqual({
      connection: {
        hosts: [{ host: 'localhost', port: 5432, ssl: false }],
        targetSessionAttrs: 'any',
        loadBalanceHosts: false,
        requireAuth: [['none', 'password', 'md5', 'scram-sha-256']],
        channelBinding: 'disable',
        maxMessageBytes: 2 ** 28,
        user: 'app',
        database: 'shop',
        applicationName: 'async-database',
        connectTimeoutMillis: undefined,
      },
      pool: {
        size: 10,
        maxOverflow: 5,
        acquireTimeoutMillis: 5_000,
        maxWaiters: 1_000,
        idleTimeoutMillis: 30_000,
        recycleMillis: 1_800_000,
        prePing: true,
        prePingIdleMillis: 500,
        lifo: true,
        leakDetectionMillis: 0,
        verifyReset: false,
        instances: 0,
      },
      session: {
        statementTimeoutMillis: 30_000,
        idleInTransactionTimeoutMillis: 30_000,
        commitTimeoutMillis: 30_000,
        resolveCommitMillis: 5_000,
        expireOnCommit: false,
        autoflush: false,
        nPlusOneThreshold: 5,
        onNPlusOne: 'warn',
      },
      echo: false,
      logger: undefined,
      hideParameters: true,
      slowQueryMillis: 500,
      strictScope: false,
      schema: 'public',
    })
  })

  it('keeps what is given', () => {
    const given = {
      pool: {
        size: 1,
        maxOverflow: 0,
        acquireTimeoutMillis: 1,
        maxWaiters: 0,
        idleTimeoutMillis: 0,
        recycleMillis: 0,
        prePing: false,
      },
      session: {
        statementTimeoutMillis: 0,
        idleInTransactionTimeoutMillis: 2 ** 31 - 1,
      },
      echo: true,
      logger: console,
      hideParameters: false,
      slowQueryMillis: 0,
      schema: 'tenant',
    }
    expect(resolve(given)).toMatchObject(given)
    expect(resolve(given).logger).toBe(console)
  })

  it('freezes all of its result and nothing of the argument', () => {
    const ca = ['one']
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
    const options = { ssl: { ca }, pool: { size: 1 }, logger }
    const resolved = resolve(options)
    const [server] = resolved.connection.hosts
    const parts = [resolved, resolved.connection, server, server!.ssl, resolved.pool, resolved.session]
    for (const part of [...parts, (server!.ssl as { ca: string[] }).ca]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
    for (const part of [options, options.ssl, options.pool, ca, logger])
      expect(Object.isFrozen(part)).toBe(false)
  })

  it.each([
    [{ pool: { sise: 3 } }, 'pool.sise is not an option. [CONFIGURATION] Did you mean pool.size?'],
    [{ pol: {} }, 'pol is not an option. [CONFIGURATION] Did you mean pool?'],
    [{ session: { statementTimeout: 1 } }, 'Did you mean session.statementTimeoutMillis?'],
    [{ session: { statementTimeout: 1 } }, 'Did you mean session.statementTimeoutMillis?'],
    [{ ssl: { rejectUnauthorised: false } }, 'Did you mean ssl.rejectUnauthorized?'],
    [{ banana: 1 }, 'The options here are url, host, port'],
  ])('refuses an unknown key in %j and names the nearest', (options, message) => {
    expect(refusal({ url, ...options })).toContain(message)
  })

  it('accepts the keys that its caller has dealt with', () => {
    const options = { url, metadata: {} } as AsyncDatabaseOptions
    expect(refusal(options)).toContain('metadata is not an option')
    expect(resolveOptions(options, ['metadata']).schema).toBe('public')
    const misspelt = { url, metdata: {} } as AsyncDatabaseOptions
    expect(() => resolveOptions(misspelt, ['metadata'])).toThrow('Did you mean metadata?')
  })

  it.each([
    [{ pool: { size: 0 } }, 'pool.size is 0; expected a whole number from 1 to 10000.'],
    [{ pool: { size: 10_001 } }, 'pool.size is 10001'],
    [{ pool: { size: 1.5 } }, 'pool.size is 1.5'],
    [{ pool: { size: Number.NaN } }, 'pool.size is NaN'],
    [{ pool: { size: '10' } }, 'pool.size is "10"'],
    [{ pool: { size: null } }, 'pool.size is null'],
    [{ pool: { maxOverflow: -1 } }, 'pool.maxOverflow is -1'],
    [{ pool: { acquireTimeoutMillis: 0 } }, 'pool.acquireTimeoutMillis is 0'],
    [{ pool: { acquireTimeoutMillis: 2 ** 31 } }, 'expected a whole number from 1 to 2147483647'],
    [{ pool: { prePing: 'yes' } }, 'pool.prePing is "yes"; expected true or false.'],
    [{ pool: 5 }, 'pool is 5; expected an object.'],
    [{ pool: null }, 'pool is null; expected an object.'],
    [{ session: [] }, 'session is an array; expected an object.'],
    [{ echo: 1 }, 'echo is 1'],
    [{ slowQueryMillis: -1 }, 'slowQueryMillis is -1'],
    [{ logger: { debug() {}, info() {} } }, 'logger lacks the method warn, error.'],
    [{ logger: null }, 'logger lacks the method debug, info, warn, error.'],
    [{ schema: '' }, 'schema: "" can\'t be the name of a schema: it is empty.'],
    [{ schema: null }, 'schema: object'],
    [{ schema: 'pg_temp' }, 'begins with pg_'],
    [{ port: 0 }, 'port is 0'],
    [{ port: '5432' }, 'port is "5432"'],
    [{ host: '' }, 'host: "" is empty.'],
    [{ host: 'a b' }, 'host: "a b" is neither'],
    [{ host: 'localhost:5432' }, 'host: "localhost:5432" is neither'],
    [{ host: 'h1,h2' }, 'names several hosts'],
    [{ host: '/tmp\0' }, 'holds a NUL character'],
    [{ user: '' }, 'user: "" is empty.'],
    [{ user: 'x'.repeat(64) }, 'is 64 bytes long'],
    [{ database: 'a\0b' }, 'holds a NUL character'],
    [{ applicationName: 'naïve' }, 'is not 1 to 63 printable ASCII characters'],
    [{ applicationName: 'x'.repeat(64) }, 'is not 1 to 63 printable ASCII characters'],
    [{ ssl: 'true' }, 'ssl is "true"; expected an object.'],
    [{ ssl: { rejectUnauthorized: 'false' } }, 'ssl.rejectUnauthorized is not true or false.'],
    [{ ssl: { checkServerIdentity: true } }, 'ssl.checkServerIdentity is not a function.'],
    [{ ssl: { passphrase: 8_731_946 } }, 'ssl.passphrase is not a string.'],
  ])('refuses %j', (options, message) => {
    expect(refusal({ url, ...options })).toContain(message)
  })

  it('refuses what is not an object', () => {
    for (const options of [null, 'postgres://localhost', 5, []]) {
      expect(refusal(options)).toContain('expected an object')
    }
  })

  it('needs a user, and suspects the variable when the url is undefined', () => {
    expect(refusal({ url: undefined })).toContain('check that the variable is set')
    expect(refusal({ host: 'localhost' })).toContain('user is missing')
    expect(resolveOptions({ user: 'app' }).connection).toMatchObject({
      hosts: [{ host: 'localhost' }],
      database: 'app',
    })
  })

  it('lets a field win over the same part of the url', () => {
    const { connection } = resolve({
      url: 'postgres://u:p@h:1/d?application_name=a',
      host: '127.0.0.1',
      port: 2,
      user: 'user',
      password: 'password',
      database: 'x?host=evil&sslmode=no-verify',
      applicationName: 'mine',
    })
    expect(connection).toMatchObject({
      hosts: [{ host: '127.0.0.1', port: 2 }],
      user: 'user',
      database: 'x?host=evil&sslmode=no-verify',
      applicationName: 'mine',
    })
    expect(connection.password?.reveal()).toBe('password')
  })
})

describe('resolveOptions with ssl', () => {
  const ssl = (options: object) => resolve({ user: 'app', ...options }).connection.hosts[0]!.ssl

  it('encrypts and verifies by default, unless the connection stays on this machine (S5)', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '/var/run/postgresql']) {
      expect(ssl({ host })).toBe(false)
    }
    for (const host of ['db', 'db.example.com', '10.0.0.1', '127.evil.com', 'localhost.evil.com']) {
      expect(ssl({ host })).toEqual({ rejectUnauthorized: true })
    }
  })

  it('verifies unless told not to', () => {
    expect(ssl({ ssl: true })).toEqual({ rejectUnauthorized: true })
    expect(ssl({ ssl: { ca: 'pem' } })).toEqual({ ca: 'pem', rejectUnauthorized: true })
    expect(ssl({ ssl: { rejectUnauthorized: false } })).toEqual({ rejectUnauthorized: false })
    expect(ssl({ host: 'db.example.com', ssl: false })).toBe(false)
  })

  it.each(['no-verify', 'disable', 'verify-ca'])('is not weakened by sslmode=%s in the url', (mode) => {
    const weak = `postgres://app@db.example.com/shop?sslmode=${mode}`
    expect(ssl({ url: weak, ssl: { ca: 'pem' } })).toEqual({ ca: 'pem', rejectUnauthorized: true })
    expect(ssl({ url: weak, ssl: true })).toEqual({ rejectUnauthorized: true })
  })

  it('gives a spread its keys, private ones included', () => {
    const given = { key: 'private', passphrase: 'phrase', pfx: 'pfx', ca: 'ca', rejectUnauthorized: true }
    expect({ ...(ssl({ ssl: given }) as object) }).toEqual(given)
  })
})

describe('resolveOptions with secrets (S7)', () => {
  const secret = 'S3cr!et@/:#%'
  const encoded = encodeURIComponent(secret)

  it.each<[string, AsyncDatabaseOptions]>([
    ['an option', { user: 'app', password: secret }],
    ['a url', { url: `postgres://app:${encoded}@localhost/shop` }],
    ['a function', { user: 'app', password: () => secret }],
    ['a private key', { user: 'app', ssl: { key: secret, passphrase: secret, pfx: secret } }],
  ])('prints nothing of a password from %s', (_, options) => {
    const resolved = resolveOptions(options)
    const printed = [
      inspect(resolved, { depth: 20, showHidden: true, getters: true }),
      inspect(resolved.connection.password, { showHidden: true }),
      JSON.stringify(resolved),
      JSON.stringify(resolved.connection.password),
      ...[resolved, resolved.connection, resolved.connection.password].map(String),
      ...Object.values(resolved.connection).map((value) => inspect(value, { showHidden: true })),
    ].join('\n')
    expect(printed).not.toContain(secret)
    expect(printed).not.toContain(encoded)
    expect(printed).not.toContain('S3cr')
  })

  it('reveals the password only on request, text or function', () => {
    expect(resolve({ password: secret }).connection.password?.reveal()).toBe(secret)
    const provider = () => Promise.resolve(secret)
    expect(resolve({ password: provider }).connection.password?.reveal()).toBe(provider)
    expect(resolve({}).connection.password).toBeUndefined()
    expect(Object.keys(resolve({ password: secret }).connection)).not.toContain('password')
  })

  it.each([
    [{ password: 8_731_946 }],
    [{ password: '' }],
    [{ password: '8731946\0' }],
    [{ pasword: '8731946' }],
    [{ host: 'postgres://app:8731946@db/shop' }],
    [{ user: 'app:8731946@db' + 'x'.repeat(64) }],
    [{ database: 'postgres://app:8731946@db/shop' }],
    [{ applicationName: 'postgres://app:8731946@db/naïve' }],
    [{ pool: 'postgres://app:8731946@db/shop' }],
    [{ url: 'postgres://app:8731946@db:x/shop' }],
    [{ url: 'mysql://app:8731946@db/shop' }],
    [{ url: 8_731_946 }, true],
  ])('names no password when it refuses %j', (options, isShown = false) => {
    const message = refusal({ url, ...options })
    if (!isShown) expect(message).not.toContain('8731946')
  })

  it('keeps no error that quotes the url as cause', () => {
    try {
      resolve({ url: 'postgres://app:8731946@db:x/shop' })
      expect.unreachable()
    } catch (error) {
      expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('8731946')
    }
  })
})

describe('resolveOptions in a hostile process', () => {
  const polluted = Object.prototype as Record<string, unknown>
  const keys = [
    'url',
    'host',
    'port',
    'user',
    'password',
    'database',
    'ssl',
    'options',
    'pool',
    'session',
    'schema',
  ]
  const more = [
    'size',
    'prePing',
    'connectTimeoutMillis',
    'applicationName',
    'logger',
    'echo',
    'key',
    'ca',
    'sslmode',
  ]

  afterEach(() => {
    for (const key of [...keys, ...more]) Reflect.deleteProperty(polluted, key)
    vi.unstubAllEnvs()
  })

  it('sees own keys only (S11)', () => {
    const read = () => {
      const resolved = resolveOptions({ url: 'postgres://app@db.example.com/shop?sslmode=require' })
      const { connection, pool, session, schema, echo, logger } = resolved
      const { hosts, user, password, database, applicationName, connectTimeoutMillis } = connection
      const { host, port, ssl } = hosts[0]!
      const flat = {
        host,
        port,
        user,
        password,
        database,
        applicationName,
        connectTimeoutMillis,
        schema,
        echo,
        logger,
      }
      return { ...flat, ssl: { ...(ssl as object) }, hasKey: 'key' in (ssl as object), pool, session }
    }
    const clean = read()
    for (const key of [...keys, ...more]) polluted[key] = 'evil.example.com'
    const dirty = read()
    expect(JSON.stringify(dirty)).toBe(JSON.stringify(clean))
    expect(dirty.hasKey).toBe(false)
    expect(dirty.password).toBeUndefined()
  })

  it('refuses an own __proto__ key, as JSON.parse makes it', () => {
    const options = JSON.parse('{"user":"app","__proto__":{"host":"evil"}}') as AsyncDatabaseOptions
    expect(refusal(options)).toContain('__proto__ is not an option')
  })

  it('reads no environment variable (S18)', () => {
    for (const name of ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD', 'PGSSLMODE', 'PGOPTIONS', 'DB_SCHEMA']) {
      vi.stubEnv(name, 'hostile')
    }
    expect(resolveOptions({ user: 'app' }).connection).toMatchObject({
      hosts: [{ host: 'localhost', port: 5432, ssl: false }],
    })
    expect(resolveOptions({ user: 'app' }).connection.password).toBeUndefined()
    expect(refusal({})).toContain('user is missing')
  })
})
