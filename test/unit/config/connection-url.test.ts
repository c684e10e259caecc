import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseConnectionUrl, type ConnectionUrlParts } from '../../../src/config/connection-url.js'
import { ConfigurationError } from '../../../src/errors/usage-error.js'

const parse = (url: unknown) => ({ ...parseConnectionUrl(url, 'url') })

describe('parseConnectionUrl', () => {
  it.each<[string, ConnectionUrlParts]>([
    ['postgres://u:p@h:6000/d', { user: 'u', password: 'p', host: 'h', port: 6000, database: 'd' }],
    ['postgresql://h', { host: 'h' }],
    ['POSTGRES://h/', { host: 'h' }],
    ['  postgres://h/d\n', { host: 'h', database: 'd' }],
    ['postgres:///d', { database: 'd' }],
    ['postgres://u@[::1]:6000/d', { user: 'u', host: '::1', port: 6000, database: 'd' }],
    ['postgres://u@[2001:db8::1]/d', { user: 'u', host: '2001:db8::1', database: 'd' }],
    ['postgres://u:@h', { user: 'u', host: 'h' }],
    ['postgres://u:a@b@h', { user: 'u', password: 'a@b', host: 'h' }],
    ['postgres://u:a+b%2Bc@h/d%2Fe', { user: 'u', password: 'a+b+c', host: 'h', database: 'd/e' }],
    [
      'postgres://h/x%3Fhost=evil%26sslmode=no-verify',
      { host: 'h', database: 'x?host=evil&sslmode=no-verify' },
    ],
    ['postgres://h/d?', { host: 'h', database: 'd' }],
    ['postgres://h/d?application_name=a+b%20%26c', { host: 'h', database: 'd', applicationName: 'a+b &c' }],
    ['postgres://h/d?connect_timeout=3', { host: 'h', database: 'd', connectTimeoutMillis: 3_000 }],
    ['postgres:///d?host=/var/run/postgresql', { database: 'd', host: '/var/run/postgresql' }],
    ['postgres://u@localhost/d?host=%2Ftmp', { user: 'u', database: 'd', host: '/tmp' }],
    ['postgres://h/?sslmode=disable', { host: 'h', ssl: false }],
    ['postgres://h/?sslmode=require', { host: 'h', ssl: true }],
    ['postgres://h/?sslmode=verify-full', { host: 'h', ssl: true }],
    ['postgres://h/?sslmode=no-verify', { host: 'h', ssl: { rejectUnauthorized: false } }],
    ['postgres://h/?ssl=true', { host: 'h', ssl: true }],
    // pg 8 takes the text 'false' for true (E11).
    ['postgres://h/?ssl=false', { host: 'h', ssl: false }],
    ['postgres://h/?ssl=no', { host: 'h', ssl: false }],
    ['postgres://h/?ssl=0', { host: 'h', ssl: false }],
    ['postgres://u:a\\b@h', { user: 'u', password: 'a\\b', host: 'h' }],
  ])('reads %s', (url, parts) => {
    expect(parse(url)).toEqual(parts)
  })

  it('leaves the host name unchecked, but not the certificate, for verify-ca', () => {
    const { ssl } = parse('postgres://h/?sslmode=verify-ca')
    expect(ssl).toEqual({ checkServerIdentity: expect.any(Function) as unknown })
  })

  it('gives back every part that was percent-encoded', () => {
    const part = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(part, part, part, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent)
        fc.pre(d !== '.' && d !== '..')
        expect(parse(`postgres://${String(u)}:${String(p)}@h:1/${String(d)}`)).toEqual({
          user,
          password,
          host: 'h',
          port: 1,
          database,
        })
      }),
    )
  })

  it.each([
    ['no text', undefined],
    ['nothing', ''],
    ['another protocol', 'mysql://h/d'],
    ['a bare path', 'postgres:h/d'],
    ['an empty place in the list of hosts', 'postgres://h1:1,,h2/d'],
    ['a bare @ in the list of hosts', 'postgres://u:p@ss,word@h/d@'],
    ['a bad port', 'postgres://h:99999/d'],
    ['a line break', 'postgres://u:p\nq@h/d'],
    ['a broken percent-encoding in the password', 'postgres://u:100%@h/d'],
    ['a broken percent-encoding in the query', 'postgres://h/d?application_name=100%'],
    ['a fragment', 'postgres://h/d#x'],
    ['a second path segment', 'postgres://h/d/e'],
    ['a path as host', 'postgres://%2Ftmp/d'],
    ['an unknown key', 'postgres://h/d?statement_timeout=0'],
    ['options', 'postgres://h/d?options=-c%20role%3Dx'],
    ['another user', 'postgres://h/d?user=x'],
    ['a repeated key', 'postgres://h/d?application_name=a&application_name=b'],
    ['a repeated sslmode', 'postgres://h/d?sslmode=require&sslmode=disable'],
    ['ssl and sslmode', 'postgres://h/d?ssl=true&sslmode=disable'],
    ['sslmode and ssl', 'postgres://h/d?sslmode=require&ssl=0'],
    ['an sslmode that may fall back', 'postgres://h/d?sslmode=prefer'],
    ['an sslmode in another case', 'postgres://h/d?sslmode=Require'],
    ['an empty sslmode', 'postgres://h/d?sslmode='],
    ['a word for ssl', 'postgres://h/d?ssl=maybe'],
    ['no time', 'postgres://h/d?connect_timeout=0'],
    ['an odd time', 'postgres://h/d?connect_timeout=1e3'],
    ['a host in the query', 'postgres://h/d?host=evil'],
    ['two hosts', 'postgres://h/d?host=/tmp'],
    ['an inherited name as key', 'postgres://h/d?constructor=x'],
    ['a prototype as key', 'postgres://h/d?__proto__=x'],
  ])('refuses %s', (_, url) => {
    expect(() => parse(url)).toThrow(ConfigurationError)
    expect(() => parse(url)).toThrow(/\burl\b/)
  })

  it('reads several hosts, each with its port, as libpq does', () => {
    expect(parse('postgres://u:p%2C@h1:1,[::1]:2,h3/d?target_session_attrs=primary')).toEqual({
      hosts: [
        { host: 'h1', port: 1 },
        { host: '::1', port: 2 },
        { host: 'h3', port: undefined },
      ],
      user: 'u',
      password: 'p,',
      database: 'd',
      targetSessionAttrs: 'primary',
    })
  })

  it('reads how to choose a host and what to ask of it', () => {
    const query = 'load_balance_hosts=random&require_auth=scram-sha-256,none&channel_binding=require'
    expect(parse(`postgres://h/d?${query}`)).toMatchObject({
      loadBalanceHosts: true,
      requireAuth: ['scram-sha-256', 'none'],
      channelBinding: 'require',
    })
    expect(() => parse('postgres://h/d?load_balance_hosts=yes')).toThrow('neither random nor disable')
  })

  it('lists the allowed keys and names the nearest', () => {
    expect(() => parse('postgres://h/d?ssl_mode=require')).toThrow(
      'allowed are sslmode, ssl, application_name, connect_timeout, target_session_attrs, load_balance_hosts, require_auth, channel_binding, host. [CONFIGURATION] Did you mean sslmode?',
    )
  })

  it('shows an unknown key only when it looks like one', () => {
    expect(() => parse('postgres://h/d?statement_timeout=0')).toThrow('unknown query key statement_timeout;')
    expect(() => parse('postgres://h/d?hun+ter2!')).toThrow('unknown query key (not shown);')
  })

  it.each(['sslcert', 'sslkey', 'sslrootcert', 'sslcrl', 'passfile', 'service'])(
    'refuses %s, which would read a file (S4)',
    (key) => {
      expect(() => parse(`postgres://h/d?${key}=/etc/passwd`)).toThrow(/would read a file/)
    },
  )

  // E11: the rest of such a password would become the host, the database or a query key.
  it.each([
    'postgres://u:hun/ter2@h/d',
    'postgres://u:12/ter2@h/d',
    'postgres://u:hun#ter2@h/d',
    'postgres://u:12#ter2@h/d',
    'postgres://u:hun?ter2@h/d',
    'postgres://u:12?ter2@h/d',
    'postgres://u:12?ter2=1@h/d',
    'postgres://u:ter2@evil/x@h/d',
    'postgres://u:ter2@evil?x@h/d',
    'postgres://u:%ter2@h/d',
  ])('refuses %s, whose password is not encoded, without showing any of it', (url) => {
    const refuse = () => parse(url)
    expect(refuse).toThrow(ConfigurationError)
    expect(refuse).not.toThrow(/ter2/)
  })
})
