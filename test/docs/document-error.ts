import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** An error whose stack is one line of a document, so that the report shows that line instead of this harness. */
export function documentError(
  { file, line, column = 1 }: { file: string; line: number; column?: number },
  message: string,
  cause?: unknown,
): Error {
  const error = new Error(`${file}:${String(line)} - ${message}`, { cause })
  error.stack = `Error: ${error.message}\n    at ${resolve(root, file)}:${String(line)}:${String(column)}`
  return error
}
