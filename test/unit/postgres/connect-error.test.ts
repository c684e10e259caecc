import { describe, expect, it } from 'vitest'
import { ConnectionFailedError, ProtocolError } from '../../../src/errors/operational-error.js'
import { connectError } from '../../../src/postgres/connect-error.js'

const TARGET = { host: 'db.example.com', port: 6543, user: 'app', database: 'shop', password: 'S3cr!et' }

function failure(message: string, fields: object = {}): Error {
  return Object.assign(new Error(message), fields)
}

describe('connectError', () => {
  it('names the target and the reason, and keeps the original', () => {
    const cause = failure('connect ECONNREFUSED 10.0.0.1:6543', { code: 'ECONNREFUSED' })
    const error = connectError(cause, TARGET)
    expect(error).toBeInstanceOf(ConnectionFailedError)
    expect(error.cause).toBe(cause)
    for (const part of ['db.example.com:6543', 'app', 'shop', 'ECONNREFUSED'])
      expect(error.message).toContain(part)
    expect(error.context).toEqual({
      host: 'db.example.com',
      port: 6543,
      user: 'app',
      database: 'shop',
      code: 'ECONNREFUSED',
    })
  })

  it.each([
    ['ECONNREFUSED', /running/],
    ['ENOTFOUND', /host name/],
    ['ETIMEDOUT', /firewall/],
    ['28P01', /password/],
    ['28000', /pg_hba/],
    ['3D000', /database/],
    ['53300', /max_connections/],
    ['57P03', /moment/],
  ])('says what to check for %s', (code, hint) => {
    expect(connectError(failure('x', { code }), TARGET).hint).toMatch(hint)
  })

  it('has the SQLSTATE when it was the server that refused', () => {
    const cause = failure('password authentication failed', { code: '28P01', severity: 'FATAL' })
    expect(connectError(cause, TARGET).sqlState).toBe('28P01')
    expect(connectError(failure('x', { code: 'ECONNREFUSED' }), TARGET).sqlState).toBeUndefined()
  })

  it('repeats the words of the server, and its hint before our own', () => {
    const words = 'no pg_hba.conf entry for host "10.0.0.7", user "app", database "shop", no encryption'
    const refused = connectError(failure(words, { code: '28000', severity: 'FATAL' }), TARGET)
    expect(refused.message).toContain(`: 28000, ${words} [CONNECTION_FAILED]`)
    const hinted = connectError(failure('x', { code: '28000', severity: 'FATAL', hint: 'Ask Ada.' }), TARGET)
    expect(hinted.hint).toBe('Ask Ada.')
  })

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', /ssl: \{ ca \}/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Host: h. is not in the cert's altnames: DNS:db", /servername/],
    ['CERT_HAS_EXPIRED', 'certificate has expired', /renew/],
  ])('repeats what was wrong with the certificate for %s, and says what to do', (code, words, hint) => {
    const error = connectError(failure(words, { code }), TARGET)
    expect(error.message).toContain(words)
    expect(error.hint).toMatch(hint)
  })

  it('says what to do about a server without TLS', () => {
    const error = connectError(failure('The server does not support SSL connections'), TARGET)
    expect(error.hint).toMatch(/ssl: false/)
  })

  // S7: what a password function or a TLS callback threw may hold what it was about to return.
  it('repeats no text that it does not know', () => {
    const cause = failure('vault says S3cr!et')
    const error = connectError(cause, TARGET)
    expect(JSON.stringify([error.message, error.hint, error.context])).not.toContain('S3cr!et')
    expect(error.cause).toBe(cause)
  })

  it('leaves an error of this package as it is', () => {
    const cause = new ProtocolError({ message: 'nonsense' })
    expect(connectError(cause, TARGET)).toBe(cause)
  })
})
