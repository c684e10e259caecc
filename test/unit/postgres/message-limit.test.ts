import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../src/errors/operational-error.js'
import { MessageLimit } from '../../../src/postgres/message-limit.js'

function message(bodyBytes: number, announced = bodyBytes): Buffer {
  const bytes = Buffer.alloc(5 + bodyBytes, 'x')
  bytes.writeUInt32BE(announced + 4, 1)
  return bytes
}

describe('MessageLimit.check', () => {
  it('lets messages pass that are as long as they may be, and refuses a longer one', () => {
    const limit = new MessageLimit(100_000)
    limit.loggedIn()
    limit.check(message(99_996))
    expect(() => {
      limit.check(message(0, 99_997))
    }).toThrow('announced a message of 100001 bytes; at most 100000 are read')
  })

  it('allows a server little before the login (S16)', () => {
    const limit = new MessageLimit(2 ** 28)
    limit.check(message(29_996))
    expect(() => {
      limit.check(message(0, 29_997))
    }).toThrow(ProtocolError)
  })

  it('follows messages however the network cuts them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(60), { minLength: 1, maxLength: 20 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 200 }),
        (bodies, cuts) => {
          const stream = Buffer.concat([...bodies.map((length) => message(length)), message(0, 30_000)])
          const limit = new MessageLimit(2 ** 28)
          let offset = 0
          let refusedAt = -1
          for (let index = 0; offset < stream.length && refusedAt < 0; index++) {
            const end = Math.min(stream.length, offset + cuts[index % cuts.length]!)
            try {
              limit.check(stream.subarray(offset, end))
            } catch {
              refusedAt = end
            }
            offset = end
          }
          // The last header, and nothing before it.
          expect(refusedAt).toBe(stream.length)
        },
      ),
    )
  })
})
