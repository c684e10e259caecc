import { NetworkProxy } from './network-proxy.js'
import { startPgBouncer } from './pgbouncer.js'
import type { Via } from './via-kind.js'

/** Puts in front of a server what `TEST_VIA` names: nothing, `pgbouncer`, or `one-byte`, a proxy that cuts TCP into single bytes. */
export async function startVia(
  name: string | undefined,
  serverUrl: string,
): Promise<{ readonly via: Via | undefined; stop(): Promise<void> }> {
  switch (name) {
    case undefined:
    case '':
      return { via: undefined, stop: () => Promise.resolve() }
    case 'pgbouncer': {
      const pooler = await startPgBouncer(serverUrl)
      return typeof pooler === 'string'
        ? { via: { kind: 'missing', reason: pooler }, stop: () => Promise.resolve() }
        : { via: { kind: 'pgbouncer', port: pooler.port }, stop: () => pooler.stop() }
    }
    case 'one-byte': {
      const proxy = await NetworkProxy.start(serverUrl)
      proxy.shape('both', { segmentBytes: 1 })
      return { via: { kind: 'one-byte', port: proxy.port }, stop: () => proxy.stop() }
    }
    default:
      throw new Error(`TEST_VIA is ${name}; it may be pgbouncer or one-byte`)
  }
}
