import { dirname, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Frames that may stand between the caller and the record: this package and Kysely take up to twenty of them. */
const MOST_FRAMES = 40

/** Where this package's own files are: `src/`, or the folder of what was built from it. */
const OWN_FOLDER = ownFolder(fileURLToPath(import.meta.url))

/** Frames of other packages, of Node, and async plumbing without a place. */
const FOREIGN_FRAME = /[\\/]node_modules[\\/]|\(?node:|<anonymous>\)?$|\(native\)$|^at async Promise\./

/**
 * Writing down a place costs microseconds, as much as all else that is done for a small statement, so production
 * does without.
 */
export const isDevelopment = process.env['NODE_ENV'] !== 'production'

/** How many want to be told of the places of statements. */
let wanted = 0

/**
 * A place in the program that called this package: written down now, looked up only if somebody asks. No I/O.
 *
 * @internal
 */
export class CallSite {
  readonly stack?: string

  /**
   * Has places written down from now on, in development; in production this does nothing.
   *
   * @returns A function that ends that.
   */
  static want(): () => void {
    const own = isDevelopment ? 1 : 0
    let isOver = false
    wanted += own
    return () => {
      if (!isOver) wanted -= own
      isOver = true
    }
  }

  /** This place, if anybody wants to be told of it. */
  static ifWanted(): CallSite | undefined {
    return wanted > 0 ? new CallSite() : undefined
  }

  constructor() {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = Math.max(stackTraceLimit, MOST_FRAMES)
    Error.captureStackTrace(this, CallSite)
    Error.stackTraceLimit = stackTraceLimit
  }

  /** Turns the record into text. Before that it keeps everything alive that was on the stack. */
  settle(): string | undefined {
    return this.stack
  }

  /** The first line of the stack outside this and other packages, such as `at save (/app/songs.ts:12:5)`. */
  get where(): string | undefined {
    return this.#lines.find((line) => !FOREIGN_FRAME.test(line) && !isOwn(line))
  }

  /** The lines of the stack outside this and other packages. */
  get callers(): readonly string[] {
    return this.#lines.filter((line) => !FOREIGN_FRAME.test(line) && !isOwn(line))
  }

  get #lines(): readonly string[] {
    return (this.stack?.split('\n') ?? []).map((line) => line.trim()).filter((line) => line.startsWith('at '))
  }
}

/** The place of a frame, without what stands around it. */
function isOwn(line: string): boolean {
  const place = /\(?(?:async )?((?:file:\/\/)?[^()\s][^()]*)\)?$/.exec(
    line.replace(/^at (?:async )?/, ''),
  )?.[1]
  if (place === undefined) return false
  const path = place.startsWith('file:') ? fileURLToPath(place.replace(/(?::\d+){1,2}$/, '')) : place
  return path.startsWith(OWN_FOLDER)
}

function ownFolder(file: string): string {
  const folder = dirname(file)
  return (folder.endsWith(`${sep}foundation`) ? dirname(folder) : folder) + sep
}
