import { jwtVerify, SignJWT } from 'jose'
import { randomBytes } from 'node:crypto'

/** Without JWT_SECRET tokens end with the process, which is what a demo wants. */
const secret = Buffer.from(process.env['JWT_SECRET'] ?? randomBytes(32).toString('hex'))
const ISSUER = 'songs'

/** Signs a token that says who its bearer is, for an hour. */
export async function signToken(userId: number): Promise<string> {
  return await new SignJWT()
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(String(userId))
    .setIssuer(ISSUER)
    .setExpirationTime('1h')
    .sign(secret)
}

/** Who the bearer of a token is; undefined if it is not one of ours, or has expired. */
export async function userOfToken(token: string): Promise<number | undefined> {
  try {
    const { payload } = await jwtVerify(token, secret, { issuer: ISSUER, algorithms: ['HS256'] })
    return Number(payload.sub)
  } catch {
    return undefined
  }
}
