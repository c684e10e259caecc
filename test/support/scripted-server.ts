import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** A message as a server sends it. */
export function serverMessage(type: string, ...parts: readonly (string | number | Buffer)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part !== 'number') return Buffer.from(part)
      const number = Buffer.alloc(4)
      number.writeInt32BE(part)
      return number
    }),
  )
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

/** Lets the client in, and reports settings as PostgreSQL does. */
export function welcome(parameters: Readonly<Record<string, string>> = {}): Buffer {
  return Buffer.concat([
    serverMessage('R', 0),
    ...Object.entries(parameters).map(([name, value]) => serverMessage('S', `${name}\0${value}\0`)),
    serverMessage('K', 1, 2),
    serverMessage('Z', 'I'),
  ])
}

/** Asks the questions of a server that is up to something. */
export const AUTHENTICATION = {
  cleartext: serverMessage('R', 3),
  md5: serverMessage('R', 5, 'salt'),
  scram: serverMessage('R', 10, 'SCRAM-SHA-256\0\0'),
} as const

/**
 * Something on a port that is not PostgreSQL: sends the n-th answer when the n-th piece comes from the client, until
 * the test ends.
 *
 * @returns The port on 127.0.0.1, all that was received, and the number of connections so far.
 */
export async function startScriptedServer(...answers: readonly Buffer[]): Promise<{
  readonly port: number
  readonly received: () => Buffer
  readonly connections: () => number
}> {
  const received: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let next = 0
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      received.push(chunk)
      const answer = answers[next++]
      if (answer !== undefined) socket.write(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return {
    port: (server.address() as AddressInfo).port,
    received: () => Buffer.concat(received),
    connections: () => sockets.size,
  }
}
