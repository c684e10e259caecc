import { createServer } from 'node:net'

/**
 * Asks the system for a TCP port of 127.0.0.1 that nobody listens on.
 *
 * It can be taken again before the caller binds it, so the caller must be ready to try another.
 *
 * @internal
 */
export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => {
        resolve(port)
      })
    })
  })
}
