import { onTestFinished } from 'vitest'
import type { AsyncDatabase, DatabaseOptions } from '../../../src/database/async-database.js'
import { isPooled, via } from '../../support/via.js'
import { NetworkProxy } from '../../support/network-proxy.js'
import type { WireRecorder } from '../../support/wire-recorder.js'
import { openAt, type TestTables } from './open-database.js'

/** The database under test, reached through a proxy that records every message and can cut the network. */
export interface ProxiedDatabase {
  readonly database: AsyncDatabase<TestTables>
  readonly proxy: NetworkProxy
  readonly recorder: WireRecorder
}

/** Opens the database under test behind a proxy of its own, for the running test; see {@link openDatabase}. */
export async function openThroughProxy(
  url: string,
  options: Omit<DatabaseOptions, 'url'> = {},
): Promise<ProxiedDatabase> {
  const where = via(url)
  const proxy = await NetworkProxy.start(where.url)
  onTestFinished(() => proxy.stop())
  return { database: openAt({ ...where, url: proxy.urlFor(url) }, options), proxy, recorder: proxy.recorder }
}

/** What {@link textsOf} has of the beginning of a transaction without options: behind a pooler it brings its settings. */
export const PLAIN_BEGIN: readonly string[] = isPooled ? ['begin', 'settings'] : ['begin']

/** The statements that ran, in which those that begin a transaction with settings are called so. */
export function textsOf(recorder: WireRecorder): string[] {
  return recorder.executedSql.map((text) => text.replace(/^select pg_catalog\.set_config\(.*/, 'settings'))
}

/** The first word of each. */
export function wordsOf(recorder: WireRecorder): (string | undefined)[] {
  return textsOf(recorder).map((text) => text.split(' ')[0])
}

/** COMMIT and ROLLBACK of the session's own, on their way to the server or answered. */
export const COMMIT_ASKED = { direction: 'toServer', name: 'Execute', text: /^commit$/i } as const
export const ROLLBACK_ASKED = { direction: 'toServer', name: 'Execute', text: /^rollback$/i } as const
export const COMMIT_DONE = { direction: 'toClient', name: 'CommandComplete', text: /^COMMIT$/ } as const
