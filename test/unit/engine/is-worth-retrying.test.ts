import { describe, expect, it } from 'vitest'
import { isWorthRetrying } from '../../../src/engine/pool-errors.js'
import { connectError } from '../../../src/postgres/connect-error.js'

const TARGET = { host: 'localhost', port: 5432, user: 'app', database: 'shop' }

function failed(message: string, fields: object = {}): ReturnType<typeof connectError> {
  return connectError(Object.assign(new Error(message), fields), TARGET)
}

describe('isWorthRetrying', () => {
  // I-FAILFAST: these will be answered alike next time, and a storm of them locks accounts.
  it.each(['28P01', '28000', '3D000', '42501'])('is false when the server refused with %s', (code) => {
    expect(isWorthRetrying(failed('x', { code, severity: 'FATAL' }))).toBe(false)
  })

  it('is false when a pooler refuses the settings of a connection, unlike all else that it says with that code', () => {
    const pooler = { code: '08P01', severity: 'FATAL' }
    expect(isWorthRetrying(failed('unsupported startup parameter: search_path', pooler))).toBe(false)
    expect(isWorthRetrying(failed('no more connections allowed (max_client_conn)', pooler))).toBe(true)
  })

  it.each(['53300', '57P01', '57P02', '57P03', '08006'])('is true when the server answered %s', (code) => {
    expect(isWorthRetrying(failed('x', { code, severity: 'FATAL' }))).toBe(true)
  })

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN'])(
    'is true for %s',
    (code) => {
      expect(isWorthRetrying(failed('x', { code }))).toBe(true)
    },
  )

  it.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED'])(
    'is false for the certificate error %s',
    (code) => {
      expect(isWorthRetrying(failed('x', { code }))).toBe(false)
    },
  )

  it('is true when the other side said nothing or hung up', () => {
    expect(isWorthRetrying(failed('timeout expired'))).toBe(true)
    expect(isWorthRetrying(failed('Connection terminated unexpectedly'))).toBe(true)
  })

  it('is false when the server has no TLS, and for what a password function throws', () => {
    expect(isWorthRetrying(failed('The server does not support SSL connections'))).toBe(false)
    expect(isWorthRetrying(failed('the vault is sealed'))).toBe(false)
  })
})
