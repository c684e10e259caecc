import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseStart } from './request-session.js'
import { STALE_HEADERS } from './stale-headers.js'

/** Who decides when a response may leave. */
export interface ResponseGate {
  /** The first byte is about to leave. What is returned is waited for; if it rejects, the response is taken back. */
  onStart(start: ResponseStart): Promise<void> | undefined
  /** The handler has handed over the last byte. */
  onEnd(): void
  /** The whole response was taken back, nothing has left, and another one may be given. */
  onTakenBack(error: unknown): void
}

type Arguments = readonly unknown[]
type Method = 'writeHead' | 'write' | 'end' | 'flushHeaders'

/** What could still be changed by a handler that goes on after it has answered. */
interface Head {
  readonly statusCode: number
  readonly statusMessage: string
  readonly headers: OutgoingHttpHeaders
}

const FAILURE = JSON.stringify({ error: 'Internal Server Error' })

/**
 * Holds a response between the moment its first byte is handed over and the moment it may leave.
 *
 * `writeHead`, `write`, `end` and `flushHeaders` of this one response are replaced; whatever answers by them (`res.json`,
 * `res.sendFile`, a pipe, plain Node) is held as well. While it is held the response behaves as one that has been sent:
 * `headersSent` is true, `write` pushes back by its return value, and what a handler changes afterwards has no effect.
 *
 * Phases: `waiting` for the first byte; `held`; `taken back`, where the next byte is that of another answer; `open`,
 * where every call goes through; `over`, where none does.
 *
 * @see Node.js manual, `http.ServerResponse`; express-session, which holds `end` to save its session, but not the head
 */
export class HeldResponse {
  readonly #response: ServerResponse
  readonly #gate: ResponseGate
  readonly #originals: Readonly<Record<Method, (...values: Arguments) => unknown>>
  #phase: 'waiting' | 'held' | 'taken back' | 'open' | 'over' = 'waiting'
  /** Arguments of a writeHead that has not been passed on: by itself it sends nothing, so it decides nothing. */
  #writeHead: Arguments | undefined
  #queue: (readonly [Method, Arguments])[] = []
  #queuedBytes = 0
  #isEnded = false
  #hasPushedBack = false

  constructor(response: ServerResponse, gate: ResponseGate) {
    this.#response = response
    this.#gate = gate
    const bound = (method: Method) => response[method].bind(response) as (...values: Arguments) => unknown
    this.#originals = {
      writeHead: bound('writeHead'),
      write: bound('write'),
      end: bound('end'),
      flushHeaders: bound('flushHeaders'),
    }
    Object.assign(response, {
      writeHead: (...values: Arguments) => this.#onWriteHead(values),
      write: (...values: Arguments) => this.#onWrite(values),
      end: (...values: Arguments) => this.#onEnd(values),
      flushHeaders: () => this.#onFlushHeaders(),
    })
  }

  #onWriteHead(values: Arguments): unknown {
    if (this.#phase === 'taken back') this.#openForError(values)
    if (this.#phase === 'open') return this.#originals.writeHead(...values)
    // A second one is passed on behind the first, so that Node refuses it as always.
    if (this.#writeHead !== undefined && this.#phase === 'waiting') {
      this.#open()
      return this.#originals.writeHead(...values)
    }
    if (this.#phase === 'waiting') {
      this.#writeHead = values
      this.#response.statusCode = Number(values[0])
      this.#pretendHeadersSent()
    }
    return this.#response
  }

  #onFlushHeaders(): void {
    this.#begin(false)
    if (this.#phase === 'open') this.#originals.flushHeaders()
    else if (this.#phase === 'held') this.#queue.push(['flushHeaders', []])
  }

  #onWrite(values: Arguments): boolean {
    this.#begin(false)
    if (this.#phase === 'open') return this.#originals.write(...values) as boolean
    if (this.#phase === 'over' || this.#isEnded) return drop(values)
    this.#queue.push(['write', values])
    this.#queuedBytes += sizeOf(values[0])
    this.#hasPushedBack ||= this.#queuedBytes >= this.#response.writableHighWaterMark
    return !this.#hasPushedBack
  }

  #onEnd(values: Arguments): ServerResponse {
    this.#begin(true)
    if (this.#phase === 'open') this.#originals.end(...values)
    else if (this.#phase === 'over' || this.#isEnded) drop(values)
    else this.#queue.push(['end', values])
    this.#isEnded = true
    this.#gate.onEnd()
    return this.#response
  }

  /** Asks the gate at the first byte; afterwards the phase says where a byte goes. */
  #begin(isWhole: boolean): void {
    if (this.#phase === 'taken back') this.#openForError([])
    if (this.#phase !== 'waiting') return
    const contentType = contentTypeIn(this.#writeHead?.at(-1)) ?? this.#response.getHeader('content-type')
    const mayLeave = this.#gate.onStart({ status: this.#response.statusCode, contentType, isWhole })
    if (mayLeave === undefined) {
      this.#open()
      return
    }
    this.#phase = 'held'
    this.#pretendHeadersSent()
    const head = headOf(this.#response)
    mayLeave.then(
      () => this.#letGo(head),
      (error: unknown) => this.#takeBack(error),
    )
  }

  #letGo(head: Head): void {
    try {
      restore(this.#response, head)
      this.#open()
      for (const [method, values] of this.#queue) this.#originals[method](...values)
      this.#queue = []
    } catch (error) {
      // Node refuses a header or a chunk only when it is passed on: what would have been thrown at the handler.
      if (this.#response.headersSent) this.#response.destroy(error as Error)
      else this.#takeBack(error)
      return
    }
    if (this.#hasPushedBack && !this.#response.writableNeedDrain) this.#response.emit('drain')
  }

  #takeBack(error: unknown): void {
    const response = this.#response
    this.#stopPretending()
    this.#writeHead = undefined
    this.#queue = []
    response.statusCode = 500
    response.statusMessage = ''
    for (const name of STALE_HEADERS) response.removeHeader(name)
    if (this.#isEnded) {
      this.#phase = 'taken back'
      this.#isEnded = false
      this.#gate.onTakenBack(error)
    } else {
      // The handler is still writing, and its next chunk can't be told from that of an error page.
      this.#fail()
    }
  }

  /** Lets the error through that is given in place of the response taken back. A success it can't be. */
  #openForError(writeHead: Arguments): void {
    const status = Number(writeHead[0] ?? this.#response.statusCode)
    if (status < 400) this.#fail()
    else this.#phase = 'open'
  }

  #fail(): void {
    const response = this.#response
    // Before anything is passed on: Node calls writeHead of the response, which is ours.
    this.#phase = 'open'
    response.statusCode = 500
    for (const name of STALE_HEADERS) response.removeHeader(name)
    response.setHeader('content-type', 'application/json; charset=utf-8')
    this.#originals.end(FAILURE)
    this.#phase = 'over'
  }

  #open(): void {
    this.#phase = 'open'
    this.#stopPretending()
    if (this.#writeHead !== undefined) this.#originals.writeHead(...this.#writeHead)
  }

  #pretendHeadersSent(): void {
    Object.defineProperty(this.#response, 'headersSent', { configurable: true, get: () => true })
  }

  #stopPretending(): void {
    Reflect.deleteProperty(this.#response, 'headersSent')
  }
}

function headOf(response: ServerResponse): Head {
  const { statusCode, statusMessage } = response
  return { statusCode, statusMessage, headers: response.getHeaders() }
}

/** Undoes what was set after the response had been given: Node would have refused that. */
function restore(response: ServerResponse, head: Head): void {
  response.statusCode = head.statusCode
  response.statusMessage = head.statusMessage
  for (const name of response.getHeaderNames()) {
    if (head.headers[name] === undefined) response.removeHeader(name)
  }
  for (const [name, value] of Object.entries(head.headers)) {
    if (value !== undefined && response.getHeader(name) !== value) response.setHeader(name, value)
  }
}

/** Finds the media type in the headers that writeHead was given: an object, or names and values in turn. */
function contentTypeIn(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined
  const entries = Array.isArray(headers) ? pairs(headers) : Object.entries(headers)
  return entries.find(([name]) => String(name).toLowerCase() === 'content-type')?.[1]
}

function pairs(list: readonly unknown[]): (readonly [unknown, unknown])[] {
  if (Array.isArray(list[0])) return list as (readonly [unknown, unknown])[]
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1]] as const] : []))
}

function sizeOf(chunk: unknown): number {
  if (typeof chunk === 'string') return Buffer.byteLength(chunk)
  return chunk instanceof Uint8Array ? chunk.byteLength : 0
}

/** Takes a chunk for which there is no response any more, so that its source runs out. */
function drop(values: Arguments): true {
  const callback = values.findLast((value) => typeof value === 'function')
  if (callback !== undefined) process.nextTick(callback)
  return true
}
