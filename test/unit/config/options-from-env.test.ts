import { afterEach, describe, expect, it, vi } from 'vitest'
import { optionsFromEnv, type Environment } from '../../../src/config/options-from-env.js'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { ConfigurationError } from '../../../src/errors/usage-error.js'

const postgres = {
  POSTGRES_HOST: 'db',
  POSTGRES_PORT: '6000',
  POSTGRES_USER: 'app',
  POSTGRES_PASSWORD: 'p@ss/word?host=evil',
  POSTGRES_DB: 'shop?sslmode=no-verify',
}
const libpq = {
  PGHOST: 'pg.example.com',
  PGPORT: '7000',
  PGUSER: 'pg',
  PGPASSWORD: 'secret',
  PGDATABASE: 'pgdb',
  PGSSLMODE: 'no-verify',
  PGAPPNAME: 'worker',
}
const url = 'postgres://u@h/d'

describe('optionsFromEnv', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('takes DATABASE_URL before everything else', () => {
    expect(optionsFromEnv({ ...libpq, ...postgres, DATABASE_URL: url })).toEqual({ url, schema: 'public' })
  })

  it('takes POSTGRES_* as fields, whatever characters they hold (S4)', () => {
    const options = optionsFromEnv(postgres)
    expect(options).toEqual({
      host: 'db',
      port: 6000,
      user: 'app',
      password: 'p@ss/word?host=evil',
      database: 'shop?sslmode=no-verify',
      schema: 'public',
    })
    expect(resolveOptions(options).connection).toMatchObject({
      hosts: [{ host: 'db', ssl: { rejectUnauthorized: true } }],
      database: 'shop?sslmode=no-verify',
    })
  })

  it('reads a list of hosts with one port for all or one for each', () => {
    const env = { PGUSER: 'app', PGHOST: 'one,two', PGTARGETSESSIONATTRS: 'read-write' }
    expect(resolveOptions(optionsFromEnv(env)).connection).toMatchObject({
      hosts: [
        { host: 'one', port: 5432 },
        { host: 'two', port: 5432 },
      ],
      targetSessionAttrs: 'read-write',
    })
    expect(optionsFromEnv({ ...env, PGPORT: '7' }).hosts).toEqual([
      { host: 'one', port: 7 },
      { host: 'two', port: 7 },
    ])
    expect(optionsFromEnv({ ...env, PGPORT: '7,8' }).hosts?.map(({ port }) => port)).toEqual([7, 8])
    expect(() => optionsFromEnv({ ...env, PGPORT: '7,8,9' })).toThrow(
      'PGPORT has 3 ports for the 2 hosts of PGHOST.',
    )
  })

  it("takes libpq's variables last", () => {
    expect(optionsFromEnv(libpq)).toEqual({
      host: 'pg.example.com',
      port: 7000,
      user: 'pg',
      password: 'secret',
      database: 'pgdb',
      ssl: { rejectUnauthorized: false },
      applicationName: 'worker',
      schema: 'public',
    })
  })

  it('does not mix the families (S18)', () => {
    const options = optionsFromEnv({ ...libpq, POSTGRES_USER: 'app' })
    expect(options).toEqual({ user: 'app', schema: 'public' })
  })

  it('counts an empty variable as absent', () => {
    const empty = Object.fromEntries(Object.keys(postgres).map((name) => [name, '']))
    expect(optionsFromEnv({ DATABASE_URL: '', ...empty, ...libpq, DB_SCHEMA: '' })).toMatchObject({
      host: 'pg.example.com',
      schema: 'public',
    })
    expect(optionsFromEnv({ ...postgres, POSTGRES_PASSWORD: '', POSTGRES_PORT: '' })).toEqual({
      host: 'db',
      user: 'app',
      database: 'shop?sslmode=no-verify',
      schema: 'public',
    })
  })

  it('takes the schema from DB_SCHEMA', () => {
    expect(optionsFromEnv({ DATABASE_URL: url, DB_SCHEMA: 'tenant' }).schema).toBe('tenant')
    expect(() => optionsFromEnv({ DATABASE_URL: url, DB_SCHEMA: 'pg_x' })).toThrow(/^DB_SCHEMA: "pg_x"/)
  })

  it('reads sslmode for either family', () => {
    expect(optionsFromEnv({ ...postgres, POSTGRES_SSLMODE: 'disable' }).ssl).toBe(false)
    expect(optionsFromEnv({ PGUSER: 'u', PGSSLMODE: 'verify-full' }).ssl).toBe(true)
    expect(() => optionsFromEnv({ PGUSER: 'u', PGSSLMODE: 'allow' })).toThrow(/^PGSSLMODE is "allow"/)
  })

  it.each(['0', '65536', '5432x', '-1', '1e3', ' 5432', '0x10'])(
    'refuses the port %j and names the variable',
    (port) => {
      expect(() => optionsFromEnv({ ...postgres, POSTGRES_PORT: port })).toThrow(
        `POSTGRES_PORT is ${JSON.stringify(port)}; expected a port from 1 to 65535.`,
      )
      expect(() => optionsFromEnv({ ...libpq, PGPORT: port })).toThrow('PGPORT is')
    },
  )

  it('names DATABASE_URL, and nothing of it, when it is unsound', () => {
    const read = () => optionsFromEnv({ DATABASE_URL: 'postgres://u:hunter2@h:x/d' })
    expect(read).toThrow(/^DATABASE_URL is not a URL/)
    expect(read).not.toThrow(/hunter2/)
  })

  it('refuses an environment that says nothing', () => {
    expect(() => optionsFromEnv({ HOME: '/root', DB_SCHEMA: 'x' })).toThrow(ConfigurationError)
    expect(() => optionsFromEnv({})).toThrow(/Set DATABASE_URL/)
  })

  it('sees own variables only (S11)', () => {
    const inherited = Object.create({ DATABASE_URL: 'postgres://evil/d' }) as Environment
    expect(() => optionsFromEnv(inherited)).toThrow(/No connection settings/)
  })

  it('reads process.env by default', () => {
    vi.stubEnv('DATABASE_URL', url)
    vi.stubEnv('DB_SCHEMA', 'tenant')
    expect(optionsFromEnv()).toEqual({ url, schema: 'tenant' })
  })
})

describe('optionsFromEnv without a user', () => {
  it('names the variable that is missing, and the one that is there', () => {
    expect(() => optionsFromEnv({ POSTGRES_HOST: 'db' })).toThrow(
      /^POSTGRES_USER is not set, although POSTGRES_HOST is\./,
    )
    expect(() => optionsFromEnv({ PGDATABASE: 'shop' })).toThrow(
      /^PGUSER is not set, although PGDATABASE is\./,
    )
  })

  it('is content when the user comes from elsewhere', () => {
    expect(optionsFromEnv({ POSTGRES_HOST: 'db' }, true)).toMatchObject({ host: 'db' })
  })
})
