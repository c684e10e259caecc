import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../src/errors/operational-error.js'
import { MessageSplitter } from '../../../src/postgres/message-splitter.js'
import { serverMessage } from '../../support/scripted-server.js'

const LIMIT = 100_000

/** A message, of another length than it announces if that is given. */
function message(type: string, body: string | Buffer, announced?: number): Buffer {
  const bytes = serverMessage(type, body)
  if (announced !== undefined) bytes.writeUInt32BE(announced + 4, 1)
  return bytes
}

/** A splitter after the login, and what it hands out: `row` and the bytes of others, in their order. */
function openSplitter(options: { readonly rows: boolean; readonly isLoggedIn?: boolean }): {
  readonly splitter: MessageSplitter
  readonly seen: () => { readonly rows: string[]; readonly order: string; readonly others: Buffer }
} {
  const rows: string[] = []
  const order: string[] = []
  const others: Buffer[] = []
  const splitter = new MessageSplitter(LIMIT, (bytes) => {
    order.push(`${String(bytes.length)} bytes`)
    // As `pg` does, it keeps what it was given.
    others.push(bytes)
  })
  if (options.rows) {
    splitter.onRow = (bytes, start, end) => {
      order.push('row')
      rows.push(bytes.toString('latin1', start, end))
    }
  }
  if (options.isLoggedIn !== false) splitter.loggedIn()
  return { splitter, seen: () => ({ rows, order: order.join(', '), others: Buffer.concat(others) }) }
}

const aMessage = fc.record({
  type: fc.constantFrom('D', 'D', 'C', 'Z', '2'),
  body: fc.string({ unit: 'binary-ascii', maxLength: 60 }),
})

describe('MessageSplitter.read', () => {
  it('hands out the body of each row, and the bytes of all else, in their order', () => {
    const { splitter, seen } = openSplitter({ rows: true })
    splitter.read(
      Buffer.concat([
        message('2', ''),
        message('T', 'ab'),
        message('D', 'one'),
        message('D', ''),
        message('C', 'tag'),
        message('D', 'two'),
        message('Z', 'I'),
      ]),
    )
    expect(seen()).toEqual({
      rows: ['one', '', 'two'],
      order: '12 bytes, row, row, 8 bytes, row, 6 bytes',
      others: Buffer.concat([message('2', ''), message('T', 'ab'), message('C', 'tag'), message('Z', 'I')]),
    })
  })

  it('hands out the same however the network cuts it', () => {
    fc.assert(
      fc.property(
        fc.array(aMessage, { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 }),
        (messages, cuts) => {
          const { splitter, seen } = openSplitter({ rows: true })
          const stream = Buffer.concat(messages.map(({ type, body }) => message(type, body)))
          let offset = 0
          for (let index = 0; offset < stream.length; index++) {
            const end = Math.min(stream.length, offset + cuts[index % cuts.length]!)
            splitter.read(Buffer.from(stream.subarray(offset, end)))
            offset = end
          }
          expect(seen().rows).toEqual(messages.filter(({ type }) => type === 'D').map(({ body }) => body))
          expect(seen().others).toEqual(
            Buffer.concat(
              messages.filter(({ type }) => type !== 'D').map(({ type, body }) => message(type, body)),
            ),
          )
        },
      ),
    )
  })

  it('leaves rows to others while nobody reads them', () => {
    const { splitter, seen } = openSplitter({ rows: false })
    const stream = Buffer.concat([message('D', 'one'), message('C', 'tag'), message('D', 'two')])
    splitter.read(stream.subarray(0, 3))
    splitter.read(stream.subarray(3, 6))
    splitter.read(stream.subarray(6))
    expect(seen()).toMatchObject({ rows: [], others: stream })
  })

  it('lets messages pass that are as long as they may be, and refuses a longer one', () => {
    for (const type of ['C', 'D']) {
      const { splitter } = openSplitter({ rows: true })
      splitter.read(message(type, Buffer.alloc(LIMIT - 4)))
      expect(() => {
        splitter.read(message(type, '', LIMIT - 3))
      }).toThrow('announced a message of 100001 bytes; at most 100000 are read')
    }
  })

  it('allows a server little before the login (S16)', () => {
    const { splitter } = openSplitter({ rows: false, isLoggedIn: false })
    splitter.read(message('R', Buffer.alloc(29_996)))
    expect(() => {
      splitter.read(message('R', '', 29_997))
    }).toThrow(ProtocolError)
  })

  it('refuses a length as soon as its last byte came', () => {
    const { splitter } = openSplitter({ rows: true })
    const stream = Buffer.concat([message('D', 'one'), message('C', 'tag'), message('D', '', LIMIT)])
    for (let at = 0; at < stream.length - 1; at++) splitter.read(stream.subarray(at, at + 1))
    expect(() => {
      splitter.read(stream.subarray(-1))
    }).toThrow(ProtocolError)
  })

  it('refuses a message that is shorter than its own length', () => {
    const { splitter } = openSplitter({ rows: true })
    expect(() => {
      splitter.read(message('D', '', -1))
    }).toThrow('announced a message of 3 bytes')
  })
})
