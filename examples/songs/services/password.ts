import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt)
/** About 30 ms and 16 MiB for each password. */
const COST: ScryptOptions = { N: 2 ** 14, r: 8, p: 1 }
const LENGTH = 32

/** Turns a password into what may be stored. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const hash = await derive(password, salt, LENGTH, COST)
  return `${salt.toString('base64url')}.${hash.toString('base64url')}`
}

/** Tells whether a password is the one that was stored. Takes as long for a user who does not exist. */
export async function isPassword(password: string, stored: string | undefined): Promise<boolean> {
  const [salt = '', hash = ''] = stored?.split('.') ?? []
  const expected = Buffer.from(hash, 'base64url')
  const met = await derive(password, Buffer.from(salt, 'base64url'), LENGTH, COST)
  return expected.length === LENGTH && timingSafeEqual(met, expected)
}
