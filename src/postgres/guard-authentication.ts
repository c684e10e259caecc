import type pg from 'pg'
import { ConnectionFailedError } from '../errors/operational-error.js'

/** What a server has to do before it gets a password, or a session. */
export interface AuthenticationRule {
  /** The ways in which it may ask, in libpq's words. */
  readonly requireAuth: readonly string[]
  /** Whether SCRAM must be bound to the TLS connection. */
  readonly isBindingRequired: boolean
}

interface AuthenticationMessages {
  on(name: string, listener: (message: { readonly mechanisms?: readonly string[] }) => void): unknown
}

/**
 * Refuses a server that asks for the password in a way that is not allowed, before an answer is sent, or that lets us
 * in without the proof that it knows the password itself. `pg` answers whatever it is asked, and takes an
 * AuthenticationOk in the middle of SCRAM for a success (E11, S6).
 *
 * Precondition: called before the client has added its listeners: those added first are called first, and what they
 * throw keeps the others from being called and ends the connection.
 *
 * @param connection - A connection that has not been opened yet.
 * @param rule - What is allowed.
 * @see RFC 5802, section 3; PostgreSQL manual, libpq, "require_auth"
 * @internal
 */
export function guardAuthentication(connection: pg.Connection, rule: AuthenticationRule): void {
  const messages = connection as unknown as AuthenticationMessages
  let method = 'none'
  let isProven = false
  const ask = (asked: string): void => {
    method = asked
    if (!rule.requireAuth.includes(asked)) throw refusal(`asked for ${WORDS[asked] ?? asked}`, rule)
  }
  messages.on('authenticationCleartextPassword', () => {
    ask('password')
  })
  messages.on('authenticationMD5Password', () => {
    ask('md5')
  })
  messages.on('authenticationSASL', ({ mechanisms = [] }) => {
    ask('scram-sha-256')
    if (rule.isBindingRequired && !mechanisms.includes('SCRAM-SHA-256-PLUS')) {
      throw refusal('offers no channel binding, which channelBinding requires', rule)
    }
  })
  // pg has checked the signature in it when AuthenticationOk comes, or has ended the connection.
  messages.on('authenticationSASLFinal', () => {
    isProven = true
  })
  messages.on('authenticationOk', () => {
    if (method === 'scram-sha-256' && !isProven) {
      throw refusal('skipped its own proof that it knows the password', rule)
    }
    if (method === 'none' && !rule.requireAuth.includes('none')) throw refusal('asked for no password', rule)
    if (rule.isBindingRequired && !isProven)
      throw refusal('did not use SCRAM, which channelBinding needs', rule)
  })
}

const WORDS: Readonly<Record<string, string>> = {
  password: 'the password in the clear',
  md5: 'an MD5 hash of the password',
  'scram-sha-256': 'SCRAM',
}

function refusal(deed: string, { requireAuth }: AuthenticationRule): ConnectionFailedError {
  return new ConnectionFailedError({
    message: `No connection: the server ${deed}; requireAuth allows ${requireAuth.join(', ')}. Nothing of the password was sent`,
    hint: 'Check that host leads to your server. If it does, encrypt the connection (ssl), let the server store SCRAM passwords, or name the method in requireAuth.',
  })
}
