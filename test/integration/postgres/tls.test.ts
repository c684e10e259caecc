import { describe, expect, it } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import { CERTIFICATE_AUTHORITY, CERTIFICATES, type Certificate } from '../../support/certificates.js'
import { cloneDatabase } from '../../support/clone-database.js'
import { startTlsFront, type TlsAnswer } from '../../support/tls-front.js'
import { rowsOf } from '../engine/run-statements.js'

const database = cloneDatabase()

/** How one connection through a TLS front ends, and how often a client said there who it is. */
async function connectThrough(
  certificate: Certificate,
  options: AsyncDatabaseOptions,
  answer: TlsAnswer = 'encrypt',
) {
  const front = await startTlsFront(database.url, certificate, answer)
  const url = new URL(database.url)
  const engine = new Engine(
    resolveOptions({
      host: 'localhost',
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password) || undefined,
      database: url.pathname.slice(1),
      port: front.port,
      pool: { acquireTimeoutMillis: 3_000 },
      ...options,
    }),
  )
  const outcome = await engine
    .acquire()
    .then(async (lease) => {
      const rows = await rowsOf(lease, 'select 1 as one')
      lease.release()
      return rows
    })
    .catch((error: unknown) => String(error))
  await engine.dispose({ graceMillis: 0 })
  return { outcome, startups: front.startups() }
}

const trusted = { ca: CERTIFICATE_AUTHORITY }

describe('A connection with ssl', () => {
  it.each(['localhost', '127.0.0.1'])('works where the certificate is right for %s', async (host) => {
    const { outcome } = await connectThrough(CERTIFICATES.valid, { host, ssl: trusted })
    expect(outcome).toEqual([{ one: 1 }])
  })

  it.each([
    ['is of an authority that nobody trusts', CERTIFICATES.valid, { ssl: true }],
    ['is for another host', CERTIFICATES.ofAnotherHost, { ssl: trusted }],
    ['is for another address', CERTIFICATES.ofAnotherHost, { host: '127.0.0.1', ssl: trusted }],
    ['has expired', CERTIFICATES.expired, { ssl: trusted }],
  ])('tells nobody who it is where the certificate %s (S5)', async (_, certificate, options) => {
    const { outcome, startups } = await connectThrough(certificate, options)
    expect(outcome).toContain('ConnectionFailedError')
    expect(startups).toBe(0)
  })

  it('checks the certificate even where Node was told not to, and only an explicit option changes that', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    try {
      expect((await connectThrough(CERTIFICATES.valid, { ssl: true })).startups).toBe(0)
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    }
    const { outcome } = await connectThrough(CERTIFICATES.expired, { ssl: { rejectUnauthorized: false } })
    expect(outcome).toEqual([{ one: 1 }])
  })

  it.each(['refuse', 'encrypt after bytes in the clear'] as const)(
    'never goes on in the clear: the server answers %s',
    async (answer) => {
      const { outcome, startups } = await connectThrough(CERTIFICATES.valid, { ssl: trusted }, answer)
      expect(outcome).toContain('ConnectionFailedError')
      expect(startups).toBe(0)
    },
  )

  it('gives up on a silent server when the wait for a connection is over', async () => {
    const { outcome } = await connectThrough(
      CERTIFICATES.valid,
      { ssl: trusted, pool: { acquireTimeoutMillis: 300 } },
      'silence',
    )
    expect(outcome).toContain('PoolTimeoutError')
  })
})
