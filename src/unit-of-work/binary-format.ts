import type { DataType } from '../metadata/data-type.js'
import type { BinaryWriter } from './binary-writer.js'
import { jsonText } from './encode-value.js'

/**
 * How values of a type travel in binary: neither side then makes text of them or reads it.
 *
 * @internal
 */
export interface BinaryFormat {
  /** The type's number, the same on every server. */
  readonly oid: number
  /**
   * Writes a value behind its length. Null is not passed in.
   *
   * @returns False for a value that only text can say, or that has no form at all: then the column travels as text.
   */
  readonly write: (writer: BinaryWriter, value: unknown) => boolean
}

/**
 * Finds the binary format of a type; undefined where values travel as text. Pure.
 *
 * @param type - The column's type as it was declared: not a domain, whose number is known to its database alone.
 * @see PostgreSQL's source, the `recv` functions of the types
 * @internal
 */
export function binaryFormat({ declared, dimensions, name }: DataType): BinaryFormat | undefined {
  if (declared !== undefined || dimensions > 0) return undefined
  return FORMATS.get(name.replace(/\(\d+\)/, ''))
}

/** Milliseconds from 1970 to 2000, where PostgreSQL begins to count. */
const EPOCH_MILLIS = 946_684_800_000

const FORMATS: ReadonlyMap<string, BinaryFormat> = new Map<string, BinaryFormat>([
  ['boolean', { oid: 16, write: writeBoolean }],
  ['bytea', { oid: 17, write: writeBytes }],
  ['bigint', { oid: 20, write: writeBigInt }],
  ['smallint', { oid: 21, write: writeSmallInt }],
  ['integer', { oid: 23, write: writeInteger }],
  ['text', { oid: 25, write: writeText }],
  ['json', { oid: 114, write: (writer, value) => writer.text(jsonText(value)) }],
  ['double precision', { oid: 701, write: writeDouble }],
  ['character varying', { oid: 1043, write: writeText }],
  ['timestamp with time zone', { oid: 1184, write: writeMoment }],
  ['uuid', { oid: 2950, write: writeUuid }],
])

function writeBoolean(writer: BinaryWriter, value: unknown): boolean {
  if (typeof value !== 'boolean') return false
  writer.int32(1)
  writer.int8(value ? 1 : 0)
  return true
}

function writeBytes(writer: BinaryWriter, value: unknown): boolean {
  if (!(value instanceof Uint8Array)) return false
  writer.int32(value.length)
  writer.bytes(value)
  return true
}

function writeSmallInt(writer: BinaryWriter, value: unknown): boolean {
  if (typeof value !== 'number' || (value << 16) >> 16 !== value) return false
  writer.int32(2)
  writer.int16(value)
  return true
}

function writeInteger(writer: BinaryWriter, value: unknown): boolean {
  if (typeof value !== 'number' || (value | 0) !== value) return false
  writer.int32(4)
  writer.int32(value)
  return true
}

function writeBigInt(writer: BinaryWriter, value: unknown): boolean {
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    writer.int32(8)
    writer.safeInt64(value)
    return true
  }
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) return false
  writer.int32(8)
  writer.bigInt64(value)
  return true
}

function writeDouble(writer: BinaryWriter, value: unknown): boolean {
  if (typeof value !== 'number') return false
  writer.int32(8)
  // As text, minus zero is zero.
  writer.double(value + 0)
  return true
}

function writeText(writer: BinaryWriter, value: unknown): boolean {
  return typeof value === 'string' && writer.text(value)
}

/** Microseconds since 2000, as far as a double holds them exactly: from 1714 to 2285. */
function writeMoment(writer: BinaryWriter, value: unknown): boolean {
  if (!(value instanceof Date)) return false
  const micros = (value.getTime() - EPOCH_MILLIS) * 1_000
  if (!Number.isSafeInteger(micros)) return false
  writer.int32(8)
  writer.safeInt64(micros)
  return true
}

const UUID = /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i

function writeUuid(writer: BinaryWriter, value: unknown): boolean {
  if (typeof value !== 'string' || !UUID.test(value)) return false
  writer.int32(16)
  writer.bytes(Buffer.from(value.replaceAll('-', ''), 'hex'))
  return true
}
