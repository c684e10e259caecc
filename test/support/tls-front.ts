import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Certificate } from './certificates.js'

/** Length, then the code that asks for TLS instead of a start-up packet. */
const SSL_REQUEST_BYTES = 8

/** What the front answers to SSLRequest. */
export type TlsAnswer = 'encrypt' | 'refuse' | 'encrypt after bytes in the clear' | 'silence'

/**
 * Stands in front of a PostgreSQL server and speaks TLS for it, well or badly, until the test ends.
 *
 * @returns The port on 127.0.0.1, and how often a client came so far as to say who it is.
 */
export async function startTlsFront(
  databaseUrl: string,
  certificate: Certificate,
  answer: TlsAnswer = 'encrypt',
): Promise<{ readonly port: number; readonly startups: () => number }> {
  const target = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let startups = 0
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('data', (request: Buffer) => {
      if (request.length !== SSL_REQUEST_BYTES) socket.destroy()
      else if (answer === 'refuse') socket.write('N')
      else if (answer === 'encrypt after bytes in the clear') socket.write('SEvil')
      else if (answer === 'encrypt') encrypt(socket)
    })
  })
  const encrypt = (socket: Socket): void => {
    socket.write('S')
    const secure = new TLSSocket(socket, { isServer: true, ...certificate })
    secure.on('error', () => socket.destroy())
    secure.once('data', (startup: Buffer) => {
      startups++
      const upstream = connect(Number(target.port), target.hostname)
      sockets.add(upstream)
      upstream.on('error', () => secure.destroy())
      upstream.write(startup)
      secure.pipe(upstream)
      upstream.pipe(secure)
    })
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { port: (server.address() as AddressInfo).port, startups: () => startups }
}
