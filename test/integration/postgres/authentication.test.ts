import { describe, expect, it } from 'vitest'
import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import { resolveOptions } from '../../../src/config/resolve-options.js'
import { Engine } from '../../../src/engine/engine.js'
import { ConnectionFailedError, ProtocolError } from '../../../src/errors/operational-error.js'
import { AUTHENTICATION, serverMessage, startScriptedServer, welcome } from '../../support/scripted-server.js'

const PASSWORD = 'S3cr!et'

/** How a login at a false server ends; the answers are what it says, one after each piece that it gets. */
async function loginAt(answers: readonly Buffer[], options: AsyncDatabaseOptions = {}) {
  const server = await startScriptedServer(...answers)
  const engine = new Engine(
    resolveOptions({ host: '127.0.0.1', user: 'app', password: PASSWORD, port: server.port, ...options }),
  )
  const outcome = await engine.acquire().then(
    (lease) => {
      lease.release()
      return 'let in' as const
    },
    (error: unknown) => error as Error,
  )
  await engine.dispose({ graceMillis: 0 })
  return { outcome, received: server.received().toString('latin1'), connections: server.connections() }
}

const SCRAM_ONLY: AsyncDatabaseOptions = { requireAuth: ['scram-sha-256'] }

describe('A server that asks for the password', () => {
  it.each([
    ['in the clear', AUTHENTICATION.cleartext, 'asked for the password in the clear'],
    ['as an MD5 hash', AUTHENTICATION.md5, 'asked for an MD5 hash of the password'],
    ['not at all', welcome(), 'asked for no password'],
  ])('%s is sent nothing where requireAuth does not allow it (S6)', async (_, question, message) => {
    const { outcome, received, connections } = await loginAt([question, welcome()], SCRAM_ONLY)
    expect(outcome).toBeInstanceOf(ConnectionFailedError)
    expect(outcome).toHaveProperty('message', expect.stringContaining(message))
    expect(received).not.toContain(PASSWORD)
    expect(received).not.toContain('md5')
    // Asking again would change nothing (I-FAILFAST).
    expect(connections).toBe(1)
  })

  it('by SCRAM, and skips its own proof, is refused whatever is allowed (S6)', async () => {
    const { outcome } = await loginAt([AUTHENTICATION.scram, welcome()])
    expect(outcome).toHaveProperty('message', expect.stringContaining('skipped its own proof'))
  })

  it('without channel binding is refused where that is required', async () => {
    const { outcome, received } = await loginAt([AUTHENTICATION.scram, welcome()], {
      channelBinding: 'require',
    })
    expect(outcome).toHaveProperty('message', expect.stringContaining('offers no channel binding'))
    expect(received).not.toContain('SCRAM-SHA-256')
  })

  it('in the clear gets it where that is allowed', async () => {
    const { outcome, received } = await loginAt([AUTHENTICATION.cleartext, welcome()], {
      requireAuth: ['password'],
    })
    expect(outcome).toBe('let in')
    expect(received).toContain(PASSWORD)
  })
})

describe('A server that announces a message without end (S16)', () => {
  it('is left before anything of it is kept', async () => {
    const endless = Buffer.concat([
      Buffer.from('S'),
      Buffer.from([0x7f, 0xff, 0xff, 0xff]),
      Buffer.alloc(1_000),
    ])
    const { outcome } = await loginAt([endless])
    expect(outcome).toBeInstanceOf(ProtocolError)
    expect(outcome).toHaveProperty(
      'message',
      expect.stringContaining('at most 30000 are read before the login'),
    )
  })

  it('may send what PostgreSQL sends before the login', async () => {
    const notice = serverMessage('N', `SNOTICE\0C00000\0M${'x'.repeat(20_000)}\0\0`)
    const { outcome } = await loginAt([Buffer.concat([notice, welcome()])])
    expect(outcome).toBe('let in')
  })
})
