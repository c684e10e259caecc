import { once } from 'node:events'
import { type Agent, request, type ClientRequest, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

/** A response and, once it has arrived, its body. */
export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** How a request is sent. */
export interface RequestOptions {
  readonly method?: string
  readonly json?: unknown
  readonly agent?: Agent
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends a request; the response may be awaited, or the client may hang up. */
export function send(url: string, options: RequestOptions = {}): ClientRequest {
  const { method = options.json === undefined ? 'GET' : 'POST', json, agent, headers } = options
  const outgoing = request(url, { method, agent, headers })
  if (json === undefined) return outgoing.end()
  outgoing.setHeader('content-type', 'application/json')
  return outgoing.end(JSON.stringify(json))
}

/** Sends a JSON body in packets that arrive one after the other, the first one after the head. */
export async function sendInPieces(url: string, ...pieces: string[]): Promise<ClientRequest> {
  const outgoing = request(url, { method: 'POST', headers: { 'content-type': 'application/json' } })
  outgoing.flushHeaders()
  for (const piece of pieces) {
    await sleep(10)
    outgoing.write(piece)
  }
  return outgoing.end()
}

/** Waits for the head of a response; its body may still be on the way. */
export async function head(outgoing: ClientRequest): Promise<IncomingMessage> {
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  return incoming
}

/** Sends a request and waits for all of its response. */
export async function fetchReply(url: string, options: RequestOptions = {}): Promise<Reply> {
  const incoming = await head(send(url, options))
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await text(incoming) }
}

/** Hangs up without waiting for the response. */
export function hangUp(outgoing: ClientRequest): void {
  outgoing.on('error', () => undefined)
  outgoing.destroy()
}
