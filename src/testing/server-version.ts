import { AsyncDatabase } from '../database/async-database.js'

/**
 * Asks a server for its version, on one connection that is closed again.
 *
 * @param url - Any database of the server.
 * @returns As `18.4` or `15.18 (Debian 15.18-0+deb12u1)`, up to the first space.
 * @throws {@link OperationalError} if the server can't be reached or refuses the connection.
 * @internal
 */
export async function serverVersion(url: string): Promise<string> {
  await using database = new AsyncDatabase<Record<string, never>>({ url, pool: { size: 1, maxOverflow: 0 } })
  await using session = database.session()
  const { version } = await session
    .selectNoFrom((eb) => eb.fn<string>('current_setting', [eb.val('server_version')]).as('version'))
    .executeTakeFirstOrThrow()
  return version.split(' ', 1)[0] ?? version
}
