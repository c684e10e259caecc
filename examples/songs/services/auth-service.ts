import type { Session } from 'async-database'
import { Problem } from '../problem.js'
import type { Credentials } from '../requests.js'
import type { DB } from '../tables.js'
import { hashPassword, isPassword } from './password.js'
import { signToken, userOfToken } from './token.js'

/** Who may do what. Works in the session of its request, and leaves COMMIT to it. */
export class AuthService {
  readonly #session: Session<DB>

  constructor(session: Session<DB>) {
    this.#session = session
  }

  async register({ email, password }: Credentials): Promise<{ id: number; email: string }> {
    // Before the first statement: a connection is taken by that, not by the 30 ms of hashing.
    const passwordHash = await hashPassword(password)
    return await this.#session
      .insertInto('users')
      .values({ email, passwordHash })
      .returning(['id', 'email'])
      .executeTakeFirstOrThrow()
  }

  async login({ email, password }: Credentials): Promise<{ token: string }> {
    const user = await this.#session
      .selectFrom('users')
      .select(['id', 'passwordHash'])
      .where('email', '=', email)
      .executeTakeFirst()
    // Nothing was written; without this the connection would wait for the hashing.
    await this.#session.rollback()
    const isRight = await isPassword(password, user?.passwordHash)
    if (user === undefined || !isRight) throw new Problem(401, 'Wrong email or password')
    return { token: await signToken(user.id) }
  }

  /** Reads the header `Authorization: Bearer …`. No statement: the token is proof enough. */
  async authenticate(authorization: string | undefined): Promise<number> {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1]
    const userId = token === undefined ? undefined : await userOfToken(token)
    if (userId === undefined) throw new Problem(401, 'Log in first')
    return userId
  }
}
