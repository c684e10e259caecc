/** What a server must be for a connection to be kept; see `targetSessionAttrs`. */
export type ServerTarget = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby'

/** One server to try. */
export interface ServerHost {
  readonly host: string
  readonly port: number
  readonly ssl: boolean | object
  /** The ways in which it may ask for the password. */
  readonly requireAuth: readonly string[]
}

/** One attempt of a tour. */
export interface Candidate {
  readonly server: ServerHost
  readonly target: ServerTarget
}

/** How long a server that failed or did not suit is tried last, in milliseconds; pgjdbc's `hostRecheckSeconds`. */
const RECHECK_MILLIS = 10_000

/**
 * The order in which servers are tried for one connection: as given or shuffled, those with fresh bad news last, so
 * that a dead first host costs a wait once and not for every connection.
 *
 * @see PostgreSQL manual, libpq, "Specifying Multiple Hosts"
 * @internal
 */
export class HostChoice {
  readonly #servers: readonly ServerHost[]
  readonly #targets: readonly ServerTarget[]
  readonly #isShuffled: boolean
  readonly #badNews = new Map<ServerHost, number>()
  /** With one server there is nothing to choose, and no tour to be made for each connection that is taken. */
  readonly #only: readonly Candidate[] | undefined

  /**
   * @param servers - At least one.
   * @param target - `prefer-standby` is two rounds: one for a standby, one for anything.
   * @param isShuffled - Whether each tour has an order of its own.
   */
  constructor(servers: readonly ServerHost[], target: ServerTarget | 'prefer-standby', isShuffled: boolean) {
    this.#servers = servers
    this.#targets = target === 'prefer-standby' ? ['standby', 'any'] : [target]
    this.#isShuffled = isShuffled
    this.#only = servers.length === 1 ? this.#inOrder(servers) : undefined
  }

  /** What to try, one after the other, until one suits. */
  tour(): readonly Candidate[] {
    if (this.#only !== undefined) return this.#only
    const servers = this.#isShuffled ? shuffled(this.#servers) : this.#servers
    const isDoubtful = (server: ServerHost): boolean =>
      performance.now() - (this.#badNews.get(server) ?? Number.NEGATIVE_INFINITY) < RECHECK_MILLIS
    const ordered = [
      ...servers.filter((server) => !isDoubtful(server)),
      ...servers.filter((server) => isDoubtful(server)),
    ]
    return this.#inOrder(ordered)
  }

  #inOrder(servers: readonly ServerHost[]): readonly Candidate[] {
    return this.#targets.flatMap((target) => servers.map((server) => ({ server, target })))
  }

  failed(server: ServerHost): void {
    this.#badNews.set(server, performance.now())
  }

  succeeded(server: ServerHost): void {
    this.#badNews.delete(server)
  }
}

/** Each order is equally likely: sorted by a random number of its own. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item)
}
