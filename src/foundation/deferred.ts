/**
 * A promise together with the two functions that settle it. Performs no I/O.
 *
 * The first call to either function decides; later calls do nothing. Both may be passed around unbound.
 *
 * @example
 * ```ts ignore -- not exported from the package
 * const ready = new Deferred<number>()
 * setImmediate(ready.resolve, 1)
 * await ready.promise // 1
 * ```
 */
// TODO when Node 20 is dropped: Promise.withResolvers.
export class Deferred<Value> {
  /** Settles as `resolve` or `reject` says. */
  readonly promise: Promise<Value>
  readonly #resolve: (value: Value | PromiseLike<Value>) => void
  readonly #reject: (reason: unknown) => void
  #isSettled = false

  constructor() {
    let resolve!: (value: Value | PromiseLike<Value>) => void
    let reject!: (reason: unknown) => void
    this.promise = new Promise<Value>((onResolve, onReject) => {
      resolve = onResolve
      reject = onReject
    })
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Whether `resolve` or `reject` was called. With a promise as value, it may still be pending. */
  get isSettled(): boolean {
    return this.#isSettled
  }

  /** Fulfils the promise, or makes it follow the given one. */
  readonly resolve = (value: Value | PromiseLike<Value>): void => {
    this.#isSettled = true
    this.#resolve(value)
  }

  /** Rejects the promise. */
  readonly reject = (reason: unknown): void => {
    this.#isSettled = true
    this.#reject(reason)
  }
}
