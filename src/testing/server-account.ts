import { readFile } from 'node:fs/promises'
import { OperationalError } from '../errors/operational-error.js'

/** The operating-system user that a local PostgreSQL runs as; empty means "the user of this process". */
export interface ServerAccount {
  readonly uid?: number
  readonly gid?: number
}

/** An ordinary installation's own user first, then the user that nearly every image has. */
const PREFERRED_NAMES = ['postgres', '_postgres', 'nobody']

/**
 * Picks the operating-system user for a local PostgreSQL.
 *
 * PostgreSQL refuses to run as root, and initdb refuses a uid without an entry in the password file. So root
 * borrows an existing unprivileged user, and no user is ever created: a library must not change the machine.
 * Reads `/etc/passwd` when this process is root, and nothing otherwise.
 *
 * @throws {@link OperationalError} if this process is root and the machine has no other user.
 * @internal
 */
export async function serverAccount(): Promise<ServerAccount> {
  if (process.getuid?.() !== 0) return {}
  const users = parsePasswordFile(await readFile('/etc/passwd', 'utf8'))
  for (const name of PREFERRED_NAMES) {
    const user = users.get(name)
    if (user !== undefined) return user
  }
  const [other] = users.values()
  if (other !== undefined) return other
  throw new OperationalError({
    message: 'PostgreSQL refuses to run as root, and /etc/passwd names no other user to run it as.',
    hint: 'Add one (useradd --system postgres), run as an ordinary user, or set DATABASE_URL.',
  })
}

function parsePasswordFile(text: string): Map<string, { uid: number; gid: number }> {
  const users = new Map<string, { uid: number; gid: number }>()
  for (const line of text.split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (!name || uid === undefined || gid === undefined) continue
    const user = { uid: Number(uid), gid: Number(gid) }
    if (Number.isInteger(user.uid) && Number.isInteger(user.gid) && user.uid !== 0) users.set(name, user)
  }
  return users
}
