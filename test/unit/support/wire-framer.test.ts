import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireFramer } from '../../support/wire-framer.js'

function typed(type: string, payload: Buffer | string): Buffer {
  const body = Buffer.from(payload)
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}

function untyped(code: number, payload = ''): Buffer {
  const header = Buffer.alloc(8)
  header.writeInt32BE(8 + payload.length)
  header.writeInt32BE(code, 4)
  return Buffer.concat([header, Buffer.from(payload)])
}

const STARTUP = untyped(196_608, 'user\0ada\0database\0songs\0\0')
const SSL_REQUEST = untyped(80_877_103)

/** A framer whose client has sent its startup message. */
function startedFramer(): WireFramer {
  const framer = new WireFramer()
  framer.push('toServer', STARTUP)
  return framer
}

describe('WireFramer.push', () => {
  it('describes the startup message', () => {
    expect(new WireFramer().push('toServer', STARTUP)).toEqual([
      {
        bytes: STARTUP,
        message: {
          direction: 'toServer',
          type: '',
          name: 'StartupMessage',
          length: STARTUP.length,
          parameters: { user: 'ada', database: 'songs' },
        },
      },
    ])
  })

  it('gives the same messages however the stream is cut', () => {
    const messages = [
      typed('P', 's1\0select 1\0\0\0'),
      typed('B', '\0s1\0\0\0\0\0\0\0'),
      typed('E', '\0\0\0\0\0'),
      typed('S', ''),
      typed('Q', 'commit\0'),
    ]
    const stream = Buffer.concat(messages)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (places) => {
        const framer = startedFramer()
        const cuts = [0, ...places.toSorted((left, right) => left - right), stream.length]
        const units = cuts.flatMap((cut, index) =>
          framer.push('toServer', stream.subarray(cut, cuts[index + 1] ?? cut)),
        )
        expect(Buffer.concat(units.map(({ bytes }) => bytes))).toEqual(stream)
        expect(units.map(({ message }) => [message?.name, message?.text])).toEqual([
          ['Parse', 'select 1'],
          ['Bind', 'select 1'],
          ['Execute', 'select 1'],
          ['Sync', undefined],
          ['Query', 'commit'],
        ])
      }),
    )
  })

  it('reads the single byte that answers SSLRequest, then goes on', () => {
    const framer = new WireFramer()
    expect(framer.push('toServer', SSL_REQUEST)[0]?.message?.name).toBe('SSLRequest')
    expect(framer.push('toClient', Buffer.from('N'))[0]?.message?.name).toBe('EncryptionAnswer')
    expect(framer.push('toServer', STARTUP)[0]?.message?.name).toBe('StartupMessage')
    expect(framer.push('toClient', typed('Z', 'I'))[0]?.message).toMatchObject({
      name: 'ReadyForQuery',
      status: 'I',
    })
  })

  it('passes encrypted bytes through as they come', () => {
    const framer = new WireFramer()
    framer.push('toServer', SSL_REQUEST)
    framer.push('toClient', Buffer.from('S'))
    expect(framer.push('toServer', Buffer.from([22, 3, 1]))).toEqual([{ bytes: Buffer.from([22, 3, 1]) }])
    expect(framer.push('toClient', Buffer.from([22, 3, 3]))).toEqual([{ bytes: Buffer.from([22, 3, 3]) }])
  })

  it('names CancelRequest', () => {
    expect(new WireFramer().push('toServer', untyped(80_877_102, '\0\0\0\0\0\0\0\0'))[0]?.message?.name).toBe(
      'CancelRequest',
    )
  })

  it('passes a stream through that can not be the protocol', () => {
    const framer = startedFramer()
    const nonsense = Buffer.from([0x51, 0, 0, 0, 1, 9, 9])
    expect(framer.push('toServer', nonsense)).toEqual([{ bytes: nonsense }])
    expect(framer.push('toServer', nonsense)).toEqual([{ bytes: nonsense }])
  })

  it('reads an error without its row values', () => {
    const [unit] = startedFramer().push(
      'toClient',
      typed('E', 'SERROR\0C23505\0Mduplicate key\0DKey (email)=(ada@example.org) already exists.\0\0'),
    )
    expect(unit?.message).toMatchObject({ name: 'ErrorResponse', sqlState: '23505', text: 'duplicate key' })
    expect(JSON.stringify(unit?.message)).not.toContain('ada@example.org')
  })
})

describe('WireFramer.flush', () => {
  it('gives what has not become a message', () => {
    const framer = startedFramer()
    framer.push('toClient', Buffer.from('Zabc'))
    expect(framer.flush('toClient').toString()).toBe('Zabc')
    expect(framer.flush('toClient')).toHaveLength(0)
  })
})
