import type { Socket } from 'node:net'

/** What one direction of a proxied connection suffers. */
export interface PipeConditions {
  /** Every byte is passed on this much later, in milliseconds; order is kept. Timers are exact to about 1 ms. */
  readonly delayMillis: number
  /** Throughput in bytes per second. */
  readonly bytesPerSecond: number
  /** Largest piece written at once, so that the receiver sees messages cut anywhere. */
  readonly segmentBytes: number
  /** Holds everything back, and delivers all of it once this is false again: a network that comes back. */
  readonly isStalled: boolean
  /** Swallows everything, the end of the stream included: a network that never comes back. */
  readonly isDropping: boolean
}

/** A network without faults. */
export const CLEAR_CONDITIONS: PipeConditions = {
  delayMillis: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  segmentBytes: Number.POSITIVE_INFINITY,
  isStalled: false,
  isDropping: false,
}

/** Holds a pipe at one place of its stream until it is opened. */
export interface Gate {
  isOpen: boolean
}

type Parcel =
  | { kind: 'bytes'; dueAt: number; bytes: Buffer; onSettled: ((isDelivered: boolean) => void) | undefined }
  | { kind: 'end'; dueAt: number }
  | { kind: 'run'; dueAt: number; run: () => void }
  | { kind: 'gate'; dueAt: number; gate: Gate }

/** Above this many waiting bytes the sender is no longer read, so that TCP slows it down instead of our memory filling. */
const MAX_WAITING_BYTES = 1_048_576

/** How finely a limited rate is spread over time. */
const RATE_STEP_MILLIS = 10

/**
 * One direction of a proxied connection: a queue of bytes and of things to do between them, written to the
 * destination in order under the current conditions.
 */
export class ProxyPipe {
  readonly #source: Socket
  readonly #destination: Socket
  readonly #queue: Parcel[] = []
  #conditions: PipeConditions
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined
  #waitingBytes = 0
  #writesInFlight = 0
  #isBlocked = false
  #isSealed = false
  #isPumping = false
  /** When the limited rate lets the next byte go, on the clock of performance.now(). */
  #nextByteAt = 0

  constructor(source: Socket, destination: Socket, conditions: PipeConditions) {
    this.#source = source
    this.#destination = destination
    this.#conditions = conditions
    destination.on('drain', () => {
      this.#isBlocked = false
      this.#pump()
    })
    destination.on('close', () => {
      this.abandon()
    })
  }

  /** Whether everything is swallowed. */
  get isDropping(): boolean {
    return this.#conditions.isDropping
  }

  /** Changes conditions from now on, for waiting bytes too, except for their delay. */
  shape(change: Partial<PipeConditions>): void {
    this.#conditions = { ...this.#conditions, ...change }
    this.#unschedule()
    this.#pump()
  }

  /** Queues bytes; `onSettled` hears whether they were written to the destination or swallowed. */
  send(bytes: Buffer, onSettled?: (isDelivered: boolean) => void): void {
    this.#waitingBytes += bytes.length
    this.#add({ kind: 'bytes', dueAt: this.#dueAt(), bytes, onSettled })
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#source.pause()
  }

  /** Queues the end of the stream (FIN). */
  end(): void {
    this.#add({ kind: 'end', dueAt: this.#dueAt() })
  }

  /** Queues an action; it happens when everything before it has been handed to the system. */
  run(run: () => void): void {
    this.#add({ kind: 'run', dueAt: this.#dueAt(), run })
  }

  /** Queues a place where the stream stops while the gate is closed; call {@link ProxyPipe.wake} after opening it. */
  gate(gate: Gate): void {
    this.#add({ kind: 'gate', dueAt: this.#dueAt(), gate })
  }

  /** Looks at the queue again. */
  wake(): void {
    this.#pump()
  }

  /** Accepts nothing more; what is queued still happens. */
  seal(): void {
    this.#isSealed = true
  }

  /** Forgets what is queued. */
  abandon(): void {
    this.#isSealed = true
    this.#unschedule()
    for (const parcel of this.#queue.splice(0)) {
      if (parcel.kind === 'bytes') parcel.onSettled?.(false)
    }
  }

  #add(parcel: Parcel): void {
    if (this.#isSealed) {
      if (parcel.kind === 'bytes') parcel.onSettled?.(false)
      return
    }
    this.#queue.push(parcel)
    this.#pump()
  }

  #dueAt(): number {
    return performance.now() + this.#conditions.delayMillis
  }

  #pump(): void {
    // A settled callback may send more; the loop that is running takes care of it.
    if (this.#isPumping || this.#timer !== undefined) return
    this.#isPumping = true
    this.#destination.cork()
    try {
      while (this.#step());
    } finally {
      this.#isPumping = false
      this.#destination.uncork()
    }
  }

  /** Handles the first parcel, or a piece of it. Returns whether the next may follow at once. */
  #step(): boolean {
    const parcel = this.#queue[0]
    if (parcel === undefined || this.#conditions.isStalled || this.#isBlocked) return false
    const wait = Math.max(parcel.dueAt, this.#nextByteAt) - performance.now()
    if (wait > 0) {
      this.#schedule(wait)
      return false
    }
    switch (parcel.kind) {
      case 'bytes':
        return this.#deliver(parcel)
      case 'gate':
        if (!parcel.gate.isOpen) return false
        this.#queue.shift()
        return true
      case 'end':
        this.#queue.shift()
        if (!this.#conditions.isDropping) this.#destination.end()
        return true
      case 'run':
        if (this.#writesInFlight > 0) return false
        this.#queue.shift()
        parcel.run()
        return true
    }
  }

  #deliver(parcel: Parcel & { kind: 'bytes' }): boolean {
    const { isDropping, bytesPerSecond, segmentBytes } = this.#conditions
    if (isDropping || this.#destination.destroyed || this.#destination.writableEnded) {
      this.#finish(parcel, parcel.bytes.length, false)
      return true
    }
    const isLimited = Number.isFinite(bytesPerSecond)
    const rateBytes = isLimited
      ? Math.max(1, Math.floor((bytesPerSecond * RATE_STEP_MILLIS) / 1_000))
      : Infinity
    const piece = parcel.bytes.subarray(0, Math.min(parcel.bytes.length, segmentBytes, rateBytes))
    if (isLimited) this.#nextByteAt = performance.now() + (piece.length / bytesPerSecond) * 1_000
    this.#writesInFlight++
    this.#isBlocked = !this.#destination.write(piece, () => {
      this.#writesInFlight--
      if (this.#writesInFlight === 0) this.#pump()
    })
    this.#finish(parcel, piece.length, true)
    if (Number.isFinite(segmentBytes)) {
      // One write per turn of the event loop: two writes in a row could leave as one segment.
      this.#schedule(0)
      return false
    }
    return true
  }

  #finish(parcel: Parcel & { kind: 'bytes' }, length: number, isDelivered: boolean): void {
    this.#waitingBytes -= length
    if (this.#waitingBytes <= MAX_WAITING_BYTES / 2 && this.#source.isPaused()) this.#source.resume()
    parcel.bytes = parcel.bytes.subarray(length)
    if (parcel.bytes.length > 0) return
    this.#queue.shift()
    parcel.onSettled?.(isDelivered)
  }

  #schedule(millis: number): void {
    const go = (): void => {
      this.#timer = undefined
      this.#pump()
    }
    this.#timer = millis === 0 ? setImmediate(go) : setTimeout(go, Math.ceil(millis))
  }

  #unschedule(): void {
    clearTimeout(this.#timer as NodeJS.Timeout | undefined)
    clearImmediate(this.#timer as NodeJS.Immediate | undefined)
    this.#timer = undefined
  }
}
