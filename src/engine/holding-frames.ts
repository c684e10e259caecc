/** Deeper than that nobody nests transactions; the frames between two of them are some ten. */
const MOST_FRAMES = 200

type Work = () => Promise<unknown>
type Runner = (sessionId: string, work: Work) => Promise<unknown>

/** The session whose work runs in the frame of that name, at the frame's number. */
const sessions: (string | undefined)[] = []
const freeRunners: Runner[] = []

/**
 * Runs the work of a session in a frame of the stack that tells whose work it is.
 *
 * V8 knows at no cost who awaits whom: it is what async stack traces are made of. So the frame's name is all that has
 * to be prepared, and the names are used again and again: to make a function costs more than to call it.
 *
 * @see https://v8.dev/docs/stack-trace-api, "Async stack traces"
 * @internal
 */
export function runHolding<Result>(sessionId: string, work: () => Promise<Result>): Promise<Result> {
  const runner = freeRunners.pop() ?? newRunner(sessions.push(undefined) - 1)
  return runner(sessionId, work) as Promise<Result>
}

/** Whether any session's work runs that a frame would tell of. */
export function isAnyHolding(): boolean {
  return freeRunners.length < sessions.length
}

function newRunner(index: number): Runner {
  const name = `holding ${index}`
  const named = {
    [name]: async (sessionId: string, work: Work): Promise<unknown> => {
      sessions[index] = sessionId
      try {
        return await work()
      } finally {
        sessions[index] = undefined
        freeRunners.push(named[name] as Runner)
      }
    },
  }
  return named[name] as Runner
}

/**
 * The sessions whose work is waiting for what is done here: written down now, at the cost of walking the stack, looked
 * up only if somebody asks, while they wait.
 *
 * @internal
 */
export class HoldingFrames {
  readonly stack?: unknown
  #sessions: readonly string[] | undefined

  constructor() {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = MOST_FRAMES
    Error.captureStackTrace(this, HoldingFrames)
    Error.stackTraceLimit = stackTraceLimit
  }

  /** The innermost first. */
  get sessions(): readonly string[] {
    this.#sessions ??= this.#names()
      .map((name) => /(?:^|\.)holding (\d+)$/.exec(name)?.[1])
      .map((index) => (index === undefined ? undefined : sessions[Number(index)]))
      .filter((id) => id !== undefined)
    return this.#sessions
  }

  /** As V8 has them: what formats stacks for people may give functions other names, from source maps. */
  #names(): readonly string[] {
    const original = Object.getOwnPropertyDescriptor(Error, 'prepareStackTrace')
    Error.prepareStackTrace = (_, sites) => sites.map((site) => site.getFunctionName() ?? '')
    try {
      return Array.isArray(this.stack) ? (this.stack as string[]) : []
    } finally {
      if (original === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
      else Object.defineProperty(Error, 'prepareStackTrace', original)
    }
  }
}
