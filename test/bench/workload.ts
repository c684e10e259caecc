/** What every entrant of a workload gets. */
export interface EntrantOptions {
  readonly url: string
  /** Connections at most; no entrant may have more. */
  readonly poolSize: number
}

/** One way to do a workload's work: a library, or a way to use it. */
export interface Entrant {
  /** Does the work once, for this number (1 … inputs), and returns what the workload expects. */
  run(input: number): Promise<unknown>
  close(): Promise<void>
}

/** Makes an entrant; connections may be opened later. */
export type CreateEntrant = (options: EntrantOptions) => Promise<Entrant>

/** A module in a workload's folder that makes an entrant. */
export interface EntrantModule {
  readonly createEntrant: CreateEntrant
}

/** A piece of work that entrants are compared on. */
export interface Workload {
  /** As `--only` and the reports name it; `--only w1` takes every name that begins with `w1-` too. */
  readonly name: string
  readonly title: string
  /** Inputs run from 1 to this. */
  readonly inputs: number
  /** Statements that prepare an empty database. */
  readonly seed: readonly string[]
  /** Statements that run before each round of each entrant, such as the emptying of a table that it fills. */
  readonly reset?: readonly string[]
  /** What every entrant must return for an input. */
  readonly expected: (input: number) => unknown
  /** The entrant that the others' ratios are to. */
  readonly baseline: string
  /** Loads each entrant's module, by the name that reports use. Called in the entrant's own process alone. */
  readonly entrants: Readonly<Record<string, () => Promise<EntrantModule>>>
  /** What one request handles, where the report is to count more than requests. */
  readonly units?: { readonly name: string; readonly perRequest: number }
  /** Requests under way at a time, where another number than the runner's makes sense. */
  readonly concurrency?: number
  /** What the network adds each way, in milliseconds. */
  readonly delayMillis?: number
  /** Requests in the pass that counts round trips (default 100). */
  readonly countedRequests?: number
  /** False for work that never reaches the server: there is nothing to count then. */
  readonly hasRoundTrips?: boolean
}
