import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../../../src/config/resolve-options.js'

const resolve = (options: object) => resolveOptions({ user: 'app', ...options }).connection

describe('resolveOptions with hosts', () => {
  it('gives each server its port and its own encryption', () => {
    expect(resolve({ hosts: [{ host: 'localhost', port: 1 }, { host: 'db.example.com' }] }).hosts).toEqual([
      { host: 'localhost', port: 1, ssl: false },
      { host: 'db.example.com', port: 5432, ssl: { rejectUnauthorized: true } },
    ])
  })

  it('lets the option win over the hosts of the url, and a single host too', () => {
    const url = 'postgres://one:1,two:2/shop'
    expect(resolve({ url }).hosts).toMatchObject([{ host: 'one' }, { host: 'two' }])
    expect(resolve({ url, hosts: [{ host: 'three' }] }).hosts).toMatchObject([{ host: 'three', port: 5432 }])
    expect(resolve({ url, host: 'four' }).hosts).toMatchObject([{ host: 'four', port: 5432 }])
  })

  it.each([
    [{ hosts: [] }, 'hosts is an array of 0; expected an array of 1 to 64 objects'],
    [{ hosts: 'one,two' }, 'hosts is "one,two"; expected an array'],
    [{ hosts: [{ host: 'one' }], port: 5433 }, 'hosts is given beside host or port.'],
    [{ hosts: [{ host: 'a b' }] }, 'hosts[0].host: "a b" is neither a host name'],
    [{ hosts: [{ host: 'a' }, { hots: 'b' }] }, 'hosts[1].hots is not an option.'],
    [{ targetSessionAttrs: 'master' }, 'targetSessionAttrs: "master" is not one of any, read-write'],
    [{ loadBalanceHosts: 'random' }, 'loadBalanceHosts is "random"; expected true or false.'],
    [{ channelBinding: 'maybe' }, 'channelBinding: "maybe" is not one of disable, require.'],
    [{ maxMessageBytes: 10 }, 'maxMessageBytes is 10; expected a whole number from 65536'],
    [{ requireAuth: [] }, 'requireAuth is []; expected a list of none, password, md5, scram-sha-256.'],
    [{ requireAuth: ['scram'] }, 'requireAuth is ["scram"]; expected a list'],
  ])('refuses %j', (options, message) => {
    expect(() => resolve(options)).toThrow(message)
  })
})

describe('resolveOptions with requireAuth', () => {
  const methods = (options: object) => resolve(options).requireAuth[0]

  it('lets any method ask on this machine and over verified TLS', () => {
    const all = ['none', 'password', 'md5', 'scram-sha-256']
    expect(methods({ host: 'localhost', password: 'x' })).toEqual(all)
    expect(methods({ host: 'db.example.com', password: 'x' })).toEqual(all)
  })

  it('sends a password no other way than as a SCRAM proof elsewhere (S6)', () => {
    for (const ssl of [false, { rejectUnauthorized: false }]) {
      expect(methods({ host: 'db.example.com', ssl, password: 'x' })).toEqual(['scram-sha-256'])
      expect(methods({ host: 'db.example.com', ssl })).toEqual(['none', 'scram-sha-256'])
    }
  })

  it('takes what is asked for', () => {
    expect(methods({ host: 'db.example.com', ssl: false, requireAuth: ['md5'] })).toEqual(['md5'])
  })
})
