import type { AsyncDatabase, Session } from 'async-database'
import type { RequestSessionOptions } from 'async-database/express'
import type { Generated } from 'kysely'
import type { Readable } from 'node:stream'

/** The tables of the template database that these tests use. */
export interface DB {
  readonly person: { readonly id: Generated<string>; readonly name: string; readonly email: string | null }
}

/** What every framework gives a handler, whatever it calls it. */
export interface Exchange {
  readonly db: Session<DB>
  readonly signal: AbortSignal
  readonly path: string
  readonly body: unknown
}

/** What a handler answers: JSON, or the bytes of a stream. */
export interface Answer {
  readonly status?: number
  readonly json?: unknown
  readonly stream?: Readable
  readonly headers?: Readonly<Record<string, string>>
}

/** The one handler of a test's application: every method and path leads to it. */
export type Handle = (exchange: Exchange) => Promise<Answer>

/** An application that serves on a free port. */
export interface App extends AsyncDisposable {
  readonly url: string
  /** What reached the application's error handler, which answers 500. */
  readonly errors: unknown[]
}

/** A framework under test. */
export interface Framework {
  readonly name: string
  serve(database: AsyncDatabase<DB>, options: RequestSessionOptions, handle: Handle): Promise<App>
}
