import type { AnyRow } from './row.js'

/**
 * Reads rows in chunks. The source is closed when the reader stops early.
 *
 * @param rows - Rows as they come.
 * @param size - Most rows of a chunk.
 * @param ended - Settles when no more rows are wanted; a wait for the next row ends with it.
 * @returns The chunks, none of them empty.
 * @internal
 */
export async function* rowChunks(
  rows: AsyncIterable<AnyRow> | Iterable<AnyRow>,
  size: number,
  ended: Promise<never>,
): AsyncGenerator<readonly AnyRow[], void, void> {
  if (Array.isArray(rows)) {
    for (let start = 0; start < rows.length; start += size)
      yield start === 0 && rows.length <= size ? rows : rows.slice(start, start + size)
    return
  }
  const source = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]()
  let isOver = false
  try {
    while (!isOver) {
      const chunk: AnyRow[] = []
      while (chunk.length < size) {
        const next = source.next()
        const result: IteratorResult<AnyRow, unknown> =
          next instanceof Promise ? await Promise.race([next, ended]) : next
        isOver = result.done === true
        if (result.done !== true) chunk.push(result.value)
        else break
      }
      if (chunk.length > 0) yield chunk
    }
  } finally {
    // Not awaited: a source that gives nothing may not hear of it either.
    if (!isOver) void Promise.resolve(source.return?.()).catch(() => undefined)
  }
}
