import type { DataType } from '../metadata/data-type.js'

/** The version of a row that nobody has changed yet, in the form in which its column is read. @internal */
export function firstVersion({ readAs }: DataType): unknown {
  return readAs === 'bigint' ? 1n : readAs === 'string' ? '1' : 1
}

/** The version that follows. What is no number has none, and finds no row. @internal */
export function nextVersion(version: unknown): unknown {
  switch (typeof version) {
    case 'number':
      return version + 1
    case 'bigint':
      return version + 1n
    case 'string':
      return /^\d+$/.test(version) ? String(BigInt(version) + 1n) : version
    default:
      return version
  }
}
