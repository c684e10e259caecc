import { OperationAbortedError, UniqueViolationError } from 'async-database'
import { ZodError } from 'zod'

/** An answer other than the one asked for: thrown by services, sent by the frameworks' error handlers. */
export class Problem extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What the client is told of an error. */
export interface ProblemAnswer {
  readonly status: number
  readonly body: { readonly error: string; readonly details?: unknown }
}

/** Chooses the status for whatever a handler failed with. What is not meant for clients is not shown to them. */
export function answerFor(error: unknown): ProblemAnswer {
  if (error instanceof Problem) return { status: error.status, body: { error: error.message } }
  if (error instanceof ZodError) {
    const details = error.issues.map(({ path, message }) => ({ field: path.join('.'), message }))
    return { status: 422, body: { error: 'The request is not valid', details } }
  }
  // The constraint decides, not a query before: two requests at once could both have found nothing.
  if (UniqueViolationError.is(error)) {
    return { status: 409, body: { error: 'That exists already', details: { columns: error.columns } } }
  }
  // Nobody is there to read this: the client went away, and what the handler was waiting for was cancelled.
  if (OperationAbortedError.is(error)) return { status: 499, body: { error: 'The client went away' } }
  const status = statusOf(error)
  return status === undefined
    ? { status: 500, body: { error: 'Something went wrong here' } }
    : { status, body: { error: 'The request was not understood' } }
}

/** What the frameworks' own errors ask for, such as 400 for a body that is no JSON. */
function statusOf(error: unknown): number | undefined {
  const { statusCode } = (error ?? {}) as { statusCode?: unknown }
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : undefined
}
