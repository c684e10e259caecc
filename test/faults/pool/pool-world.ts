import { expect, vi } from 'vitest'
import type { Loan, PoolSubject } from './pool-subject.js'
import type { ScriptedServer } from './scripted-server.js'

/** What a caller of the pool may meet, all of it an answer and none of it a hang. */
const ANSWERS = new Set([
  'POOL_TIMEOUT',
  'POOL_EXHAUSTED',
  'POOL_CLOSED',
  'OPERATION_ABORTED',
  'CONNECTION_FAILED',
])

/** Turns of the event loop in which everything in memory has happened that can happen without the clock. */
const TURNS = 12

/** Longest pause before the next attempt to connect, and some. */
const RECONNECT_MILLIS = 600

/** How much longer than its grace the end may take: goodbyes need a moment. */
const GOODBYE_MILLIS = 200

/** No timer may live longer than this once all is over. */
const LAST_LOOK_MILLIS = 5_000

interface Asker {
  readonly order: number
  readonly askedAt: number
  readonly controller: AbortController
}

/** A pool, the scripted server it talks to, and everybody who asked it for something: what holds whatever was done. */
export class PoolWorld {
  readonly server: ScriptedServer
  readonly subject: PoolSubject
  readonly askers = new Set<Asker>()
  readonly holders: Loan[] = []
  readonly stale: Loan[] = []
  #asked = 0
  readonly #unexpected: unknown[] = []
  #end: { readonly promise: Promise<unknown>; readonly latestAt: number; isOver: boolean } | undefined

  constructor(server: ScriptedServer, subject: PoolSubject) {
    this.server = server
    this.subject = subject
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  ask(): void {
    const asker = { order: this.#asked++, askedAt: performance.now(), controller: new AbortController() }
    const mayBeRefused = this.subject.figures().waiting >= this.subject.maxWaiters
    this.askers.add(asker)
    this.subject.acquire(asker.controller.signal).then(
      (loan) => {
        this.#onServed(asker, loan)
      },
      (error: unknown) => {
        this.askers.delete(asker)
        const { code } = error as { code?: unknown }
        if (typeof code !== 'string' || !ANSWERS.has(code)) this.#unexpected.push(error)
        if (code === 'POOL_EXHAUSTED' && !mayBeRefused) this.#unexpected.push('refused while there was room')
        if (code === 'POOL_CLOSED' && !this.hasEnded) this.#unexpected.push('closed while it was open')
      },
    )
  }

  abort(which: number): void {
    pick([...this.askers], which)?.controller.abort()
  }

  /** Takes a loan from those who hold one, who keeps it and may misuse it later. */
  take(which: number): Loan | undefined {
    const loan = pick(this.holders, which)
    if (loan === undefined) return undefined
    this.holders.splice(this.holders.indexOf(loan), 1)
    this.stale.push(loan)
    return loan
  }

  end(graceMillis: number): void {
    const promise = this.subject.end(graceMillis)
    this.#end ??= { promise, latestAt: performance.now() + graceMillis + GOODBYE_MILLIS, isOver: false }
    const end = this.#end
    void promise.then(() => (end.isOver = true))
  }

  /** Everything happens that needs no time; then what must hold at every moment is looked at. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
    this.#check()
  }

  /** Moves the clock, and lets everything happen that waited for it. */
  async pass(millis: number): Promise<void> {
    await vi.advanceTimersByTimeAsync(millis)
    await this.settle()
    if (millis >= RECONNECT_MILLIS && !this.#isProgressing) await this.#expectProgress()
  }

  /** The end of every story: all is given back, everybody has been answered, and nothing is left. */
  async finish(): Promise<void> {
    this.server.welcome = 'serve'
    for (let round = 0; round < 10 && (this.askers.size > 0 || this.holders.length > 0); round++) {
      for (const loan of this.holders.splice(0)) loan.release()
      await this.pass(RECONNECT_MILLIS)
    }
    expect(this.askers.size, 'LOST WAITERS').toBe(0)
    if (!this.hasEnded) this.end(500)
    await this.pass(500 + GOODBYE_MILLIS + 1)
    expect(this.#end?.isOver, 'whether the end came to an end').toBe(true)
    const { inUse, idle, pending, waiting, unreturned } = this.subject.figures()
    expect({ inUse, idle, pending, waiting, unreturned }, 'what is left').toEqual({
      inUse: 0,
      idle: 0,
      pending: 0,
      waiting: 0,
      unreturned: 0,
    })
    expect(this.server.open.length, 'sockets left open').toBe(0)
    // Some look once more, a moment later, whether there is anything left to look at.
    await vi.advanceTimersByTimeAsync(LAST_LOOK_MILLIS)
    expect(vi.getTimerCount(), 'timers left running').toBe(0)
  }

  #onServed(asker: Asker, loan: Loan): void {
    this.askers.delete(asker)
    for (const other of this.askers) {
      if (other.order < asker.order && !other.controller.signal.aborted) this.#unexpected.push('OVERTAKEN')
    }
    if (loan.status !== 'I') this.#unexpected.push(`lent with status ${loan.status}`)
    if (this.holders.some(({ connection }) => connection === loan.connection))
      this.#unexpected.push('one connection lent to two')
    if (asker.controller.signal.aborted) loan.release()
    else this.holders.push(loan)
  }

  #check(): void {
    const { subject, askers, holders } = this
    const { inUse, idle, pending, waiting, unreturned } = subject.figures()
    const now = performance.now()
    expect(this.#unexpected, 'answers').toEqual([])
    // I-COUNT
    expect(inUse + idle + pending, 'connections').toBeLessThanOrEqual(subject.max)
    expect(unreturned, 'loans not returned').toBe(inUse)
    if (!this.hasEnded) expect(inUse, 'loans').toBe(holders.length)
    // I-FIFO: those for whom a connection was being opened are back in line when that fails.
    expect(waiting).toBeLessThanOrEqual(subject.maxWaiters + subject.max)
    // I-PULSE
    if (askers.size > 0) expect(idle, `STARVED waiters=${askers.size} idle`).toBe(0)
    // I-DEADLINE
    for (const { askedAt } of askers) expect(now - askedAt, 'wait').toBeLessThanOrEqual(subject.acquireMillis)
    // I-CLOSE
    if (this.#end !== undefined) {
      expect(askers.size, 'LOST WAITERS').toBe(0)
      expect(this.#end.isOver || now <= this.#end.latestAt, 'the end is late').toBe(true)
    }
  }

  /** False while the server serves, somebody waits, no connection is on its way, and there is room for one. */
  get #isProgressing(): boolean {
    const { inUse, idle, pending } = this.subject.figures()
    const isOver = this.hasEnded || this.askers.size === 0 || this.server.welcome !== 'serve'
    return isOver || pending > 0 || inUse + idle === this.subject.max
  }

  /** A pause between two attempts may last until now, and no longer (I-PULSE, I-RECOVER). */
  async #expectProgress(): Promise<void> {
    const waiting = [...this.askers]
    await vi.advanceTimersByTimeAsync(RECONNECT_MILLIS)
    await this.settle()
    const isStarved = !this.#isProgressing && waiting.some((asker) => this.askers.has(asker))
    expect(
      isStarved ? `STARVED waiters=${this.askers.size} ${JSON.stringify(this.subject.figures())}` : '',
    ).toBe('')
  }
}

/** One of them, any number may name it. */
export function pick<Value>(values: readonly Value[], which: number): Value | undefined {
  return values[which % Math.max(1, values.length)]
}
