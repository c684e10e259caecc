/** A loan of a connection, as the model of the pool sees one. */
export interface Loan {
  /** The number of the connection, which no other loan of the moment has. */
  readonly connection: number | null
  /** Idle, in a transaction, in a failed one. */
  readonly status: string
  release(): void
  /** Gives the connection back as broken. */
  destroy(): void
  /** Sends a statement; `refused` if nothing was sent. */
  send(text: string): Promise<'done' | 'failed' | 'lost' | 'refused'>
}

/** A pool under the model. */
export interface PoolSubject {
  readonly max: number
  /** Longest wait for a connection, in milliseconds; at most this many callers wait, and the next one is refused. */
  readonly acquireMillis: number
  readonly maxWaiters: number
  acquire(signal: AbortSignal): Promise<Loan>
  end(graceMillis: number): Promise<unknown>
  figures(): {
    readonly inUse: number
    readonly idle: number
    readonly pending: number
    readonly waiting: number
    readonly unreturned: number
  }
}
