import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { MessageWriter } from '../../../src/postgres/message-writer.js'
import type { WireValue } from '../../../src/postgres/wire-value.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** The writer of `pg` itself, whose bytes every PostgreSQL server has been reading for years. */
interface ReferenceWriter {
  parse(message: { name: string; text: string }): void
  execute(message: object): void
  describe(message: { type: 'P'; name: string }): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

/** What `pg` sends for the same messages. */
function referenceBytes(write: (reference: ReferenceWriter) => void): Buffer {
  const chunks: Buffer[] = []
  const stream = { writable: true, write: (bytes: Buffer) => chunks.push(Buffer.from(bytes)) }
  const Reference = pg.Connection as unknown as new (config: object) => ReferenceWriter
  write(new Reference({ stream }))
  return Buffer.concat(chunks)
}

interface Bind {
  readonly portal: string
  readonly statement: string
  readonly values: readonly WireValue[]
  readonly resultFormats: number
}

/** Reads a Bind message as the manual describes it ("Message Formats"), checking every length on the way. */
function readBind(bytes: Buffer): Bind {
  expect(bytes.toString('latin1', 0, 1)).toBe('B')
  expect(bytes.readInt32BE(1)).toBe(bytes.length - 1)
  let at = 5
  const int16 = (): number => bytes.readUInt16BE((at += 2) - 2)
  const text = (): string => {
    const end = bytes.indexOf(0, at)
    const found = bytes.toString('utf8', at, end)
    at = end + 1
    return found
  }
  const portal = text()
  const statement = text()
  const formats = Array.from({ length: int16() }, int16)
  const values = Array.from({ length: int16() }, (_, index) => {
    const length = bytes.readInt32BE((at += 4) - 4)
    if (length === -1) return null
    const value = Buffer.from(bytes.subarray(at, (at += length)))
    // No format codes means text for all; one code is for all; else one each.
    const format = formats.length === 1 ? formats[0] : (formats[index] ?? 0)
    return format === 1 ? value : value.toString('utf8')
  })
  const resultFormats = int16()
  expect(at).toBe(bytes.length)
  return { portal, statement, values, resultFormats }
}

/** Any text that may stand in a zero-terminated string. */
const anyText = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''))
const anyName = fc.stringMatching(/^[a-z0-9_]{0,63}$/)
const longText = fc
  .tuple(fc.constantFrom('x', 'é', '語', '😀'), fc.integer({ min: 1_300, max: 70_000 }))
  .map(([letter, count]) => letter.repeat(count))
const anyValue: fc.Arbitrary<WireValue> = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: longText },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
)

describe('MessageWriter.parse', () => {
  it("writes what pg's own writer writes, for any name and text", () => {
    const writer = new MessageWriter()
    fc.assert(
      fc.property(anyName, fc.oneof(anyText, longText), (name, text) => {
        writer.reset()
        writer.parse(name, text)
        expect(writer.take().equals(referenceBytes((reference) => reference.parse({ name, text })))).toBe(
          true,
        )
      }),
      { numRuns: 300 },
    )
  })
})

describe('MessageWriter.bind', () => {
  it('carries every value: texts, bytes and nulls in any mixture', () => {
    const writer = new MessageWriter()
    fc.assert(
      fc.property(anyName, fc.array(anyValue, { maxLength: 12 }), (statement, values) => {
        writer.bind(statement, values)
        expect(readBind(writer.take())).toEqual({ portal: '', statement, values, resultFormats: 0 })
      }),
      { numRuns: 300 },
    )
  })

  it('tells an empty text, an empty buffer and NULL apart', () => {
    const writer = new MessageWriter()
    writer.bind('s', ['', Buffer.alloc(0), null])
    expect(readBind(writer.take()).values).toEqual(['', Buffer.alloc(0), null])
  })

  // E10: the count is 16 bits wide and unsigned; a signed writer throws here, a careless one wraps around.
  it('counts up to 65,535 values', () => {
    const writer = new MessageWriter()
    const values = Array.from({ length: 65_535 }, (_, index) => String(index))
    writer.bind('', values)
    expect(readBind(writer.take()).values).toEqual(values)
  })

  it.each([4_095, 4_096, 4_097, 5_461, 5_462, 16_383, 16_384, 16_385, 262_143, 262_144, 262_145])(
    'keeps a value of %i characters of three bytes whole',
    (length) => {
      const writer = new MessageWriter()
      const values = ['語'.repeat(length), 'end']
      writer.bind('', values)
      expect(readBind(writer.take()).values).toEqual(values)
    },
  )

  it('keeps a text whole wherever the buffer ends in it', () => {
    for (let fill = 3_000; fill < 16_400; fill += 97) {
      const writer = new MessageWriter()
      const values = ['x'.repeat(fill), '語'.repeat(4_000)]
      writer.bind('', values)
      expect(readBind(writer.take()).values).toEqual(values)
    }
  })

  it('keeps a value of 8 MB whole, behind others that fill the buffer half', () => {
    const writer = new MessageWriter()
    const large = Buffer.alloc(8 * 1024 * 1024, 0xab)
    writer.bind('', ['a'.repeat(9_000), large, 'é'.repeat(9_000)])
    const [before, between, after] = readBind(writer.take()).values
    expect([before, after]).toEqual(['a'.repeat(9_000), 'é'.repeat(9_000)])
    expect(large.equals(between as Buffer)).toBe(true)
  })
})

describe('MessageWriter', () => {
  it("writes Describe, Execute, Close and Sync as pg's own writer does", () => {
    const writer = new MessageWriter()
    writer.describePortal()
    writer.execute()
    writer.closeStatement('ad_1')
    writer.sync()
    const expected = referenceBytes((reference) => {
      reference.describe({ type: 'P', name: '' })
      reference.execute({})
      reference.close({ type: 'S', name: 'ad_1' })
      reference.sync()
    })
    expect(writer.take()).toEqual(expected)
  })

  it('puts any sequence of messages one behind the other, across every growth of its buffer', () => {
    const anyMessage = fc.oneof(
      fc.tuple(fc.constant('parse' as const), anyName, fc.oneof(anyText, longText)),
      fc.tuple(fc.constant('close' as const), anyName),
      fc.tuple(fc.constant('describe' as const)),
      fc.tuple(fc.constant('execute' as const)),
      fc.tuple(fc.constant('sync' as const)),
    )
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 30 }), (messages) => {
        const writer = new MessageWriter()
        const expected = referenceBytes((reference) => {
          for (const [kind, name = '', text = ''] of messages) {
            if (kind === 'parse') {
              writer.parse(name, text)
              reference.parse({ name, text })
            } else if (kind === 'close') {
              writer.closeStatement(name)
              reference.close({ type: 'S', name })
            } else if (kind === 'describe') {
              writer.describePortal()
              reference.describe({ type: 'P', name: '' })
            } else if (kind === 'execute') {
              writer.execute()
              reference.execute({})
            } else {
              writer.sync()
              reference.sync()
            }
          }
        })
        expect(writer.take().equals(expected)).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

describe('MessageWriter.take', () => {
  it('gives bytes of their own, which later messages do not change', () => {
    const writer = new MessageWriter()
    writer.parse('first', 'select 1')
    const first = writer.take()
    const copy = Buffer.from(first)
    writer.parse('other', 'select 2')
    writer.bind('other', ['x'.repeat(100_000)])
    writer.take()
    expect(first).toEqual(copy)
  })

  it('gives each byte once', () => {
    const writer = new MessageWriter()
    writer.sync()
    expect(writer.take()).toHaveLength(5)
    expect(writer.take()).toHaveLength(0)
  })

  it('lets go of a large buffer, and goes on', async () => {
    const writer = new MessageWriter()
    const heldMegabytes = (): number => {
      collectGarbage()
      return process.memoryUsage().arrayBuffers / 1_000_000
    }
    const before = heldMegabytes()
    const writeLarge = (): void => {
      writer.bind('', [Buffer.alloc(50_000_000)])
      writer.take()
    }
    writeLarge()
    await expect.poll(() => heldMegabytes() - before, { timeout: 1_000, interval: 10 }).toBeLessThan(10)
    writer.sync()
    expect(writer.take()).toEqual(Buffer.from([0x53, 0, 0, 0, 4]))
  })
})

describe('MessageWriter.reset', () => {
  it('forgets what an encoding left that failed half-way', () => {
    const writer = new MessageWriter()
    writer.parse('half', 'select 1')
    writer.reset()
    writer.sync()
    expect(writer.take()).toEqual(Buffer.from([0x53, 0, 0, 0, 4]))
  })
})
