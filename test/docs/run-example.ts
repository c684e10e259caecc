import { pathToFileURL } from 'node:url'
import { AsyncDatabase, initializeDatabase } from 'async-database'
import { temporaryDatabase } from '../support/temporary-database.js'
import { documentError } from './document-error.js'
import type { ExampleFile } from './example-files.js'
import { metadata } from './prelude-tables.js'

/**
 * Runs an example on a database of its own, whose URL is in `DATABASE_URL`, with the names of prelude.ts in place.
 *
 * @throws Error that names the line of the document; its cause is what the example threw.
 */
export async function runExample(serverUrl: string, example: ExampleFile): Promise<void> {
  await using home = await temporaryDatabase(serverUrl)
  const before = process.env['DATABASE_URL']
  process.env['DATABASE_URL'] = home.url
  try {
    await using database = new AsyncDatabase({ url: home.url, metadata })
    await initializeDatabase(database)
    await using session = database.session()
    Object.assign(globalThis, { database, session })
    await import(/* @vite-ignore */ pathToFileURL(example.path).href)
  } catch (cause) {
    const line = lineIn(cause, example) ?? example.line
    const message = cause instanceof Error ? cause.message : String(cause)
    throw documentError({ file: example.file, line, column: example.indent + 1 }, message, cause)
  } finally {
    Object.assign(globalThis, { database: undefined, session: undefined })
    if (before === undefined) delete process.env['DATABASE_URL']
    else process.env['DATABASE_URL'] = before
  }
}

/** The topmost line of the example in an error's stack: it is the document's line too. */
function lineIn(error: unknown, { path }: ExampleFile): number | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const frame = stack.split('\n').find((entry) => entry.includes(path))
  const match = frame === undefined ? null : /:(\d+):\d+\)?$/.exec(frame)
  return match === null ? undefined : Number(match[1])
}
