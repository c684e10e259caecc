import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { json } from 'node:stream/consumers'

/** A request as a client writes it. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
  /** Waits for this instead of the response, and closes the connection. */
  readonly hangUpWhen?: () => Promise<void>
}

/** What came back: nothing, if the client hung up. */
export interface Answer {
  readonly status: number | undefined
  readonly body: unknown
}

/** A client that keeps its connection, and its token once it has one. */
export class Client {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true })
  #token: string | undefined

  constructor(url: string) {
    this.#url = url
  }

  /** Sends this with every later request. */
  useToken(token: string): void {
    this.#token = token
  }

  async send({ method, path, body, hangUpWhen }: Call): Promise<Answer> {
    const outgoing = request(this.#url + path, { method, agent: this.#agent })
    if (this.#token !== undefined) outgoing.setHeader('authorization', `Bearer ${this.#token}`)
    if (body !== undefined) outgoing.setHeader('content-type', 'application/json')
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    if (hangUpWhen !== undefined) {
      outgoing.on('error', () => undefined)
      await hangUpWhen()
      outgoing.destroy()
      return { status: undefined, body: undefined }
    }
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const { statusCode: status } = incoming
    if (status === 204) incoming.resume()
    return { status, body: status === 204 ? undefined : await json(incoming) }
  }

  close(): void {
    this.#agent.destroy()
  }
}
