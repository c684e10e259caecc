import { WireFramer } from '../../support/wire-framer.js'
import { ScriptedSocket, type ScriptedPeer } from './scripted-socket.js'

/** How the server meets those who connect. */
export type Welcome =
  | 'serve'
  /** Nothing listens there. */
  | 'refuse'
  /** The connection is made, and nobody speaks. */
  | 'silence'
  /** Too many connections, in the server's words (53300). */
  | 'full'
  /** The password is wrong (28P01): trying again is of no use. */
  | 'deny'

/** How long a statement named `slow` takes, in milliseconds of the clock in force. */
const SLOW_MILLIS = 50

interface Peer {
  readonly framer: WireFramer
  readonly number: number
  status: 'I' | 'T' | 'E'
  /** Swallows what comes and says nothing any more. */
  isSilent: boolean
  isLoggedIn: boolean
  /** The client's messages since the last Sync. */
  pending: { readonly name: string; readonly text: string }[]
}

/**
 * A PostgreSQL that only knows how to log in and how to run `begin`, `commit`, `rollback`, `fail`, `slow` and whatever
 * else succeeds, over sockets in memory; and that does what a script tells it. With a clock that only the test moves
 * every run is the same as the one before.
 */
export class ScriptedServer implements ScriptedPeer {
  welcome: Welcome = 'serve'
  readonly #peers = new Map<ScriptedSocket, Peer>()
  #connected = 0
  #receivedStatements = 0

  /** Makes a socket for a client: pg's option `stream`. */
  readonly stream = (): ScriptedSocket => new ScriptedSocket(this)

  /** Sockets that clients have not closed, oldest first. */
  get open(): readonly ScriptedSocket[] {
    return [...this.#peers.keys()]
  }

  /** How many statements were executed since the start. */
  get receivedStatements(): number {
    return this.#receivedStatements
  }

  /** Answers on one connection no more, and reads no more. */
  silence(socket: ScriptedSocket | undefined): void {
    const peer = socket === undefined ? undefined : this.#peers.get(socket)
    if (peer !== undefined) peer.isSilent = true
  }

  /** Ends one connection as pg_terminate_backend does. */
  kill(socket: ScriptedSocket | undefined): void {
    if (socket === undefined || this.#peers.get(socket)?.isSilent !== false) return
    socket.push(errorResponse('FATAL', '57P01', 'terminating connection due to administrator command'))
    socket.push(null)
  }

  /** RST. */
  reset(socket: ScriptedSocket | undefined): void {
    socket?.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
  }

  onConnect(socket: ScriptedSocket): void {
    this.#connected++
    this.#peers.set(socket, {
      framer: new WireFramer(),
      number: this.#connected,
      status: 'I',
      isSilent: this.welcome === 'silence',
      isLoggedIn: false,
      pending: [],
    })
    const { welcome } = this
    setImmediate(() => {
      if (socket.destroyed) return
      if (welcome === 'refuse') {
        socket.destroy(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }))
      } else {
        socket.emit('connect')
      }
    })
  }

  onBytes(socket: ScriptedSocket, bytes: Buffer): void {
    const peer = this.#peers.get(socket)
    if (peer === undefined || peer.isSilent) return
    for (const { message } of peer.framer.push('toServer', bytes)) {
      if (message === undefined) continue
      if (message.name === 'StartupMessage') this.#logIn(socket, peer)
      else peer.pending.push({ name: message.name, text: message.text ?? '' })
      if (message.name === 'Terminate') socket.push(null)
      if (message.name === 'Sync') this.#answer(socket, peer)
    }
  }

  onGoodbye(socket: ScriptedSocket): void {
    if (this.#peers.get(socket)?.isSilent === false && !socket.readableEnded) socket.push(null)
  }

  onClosed(socket: ScriptedSocket): void {
    this.#peers.delete(socket)
  }

  #logIn(socket: ScriptedSocket, peer: Peer): void {
    const refusals = {
      full: errorResponse('FATAL', '53300', 'sorry, too many clients already'),
      deny: errorResponse('FATAL', '28P01', 'password authentication failed'),
    }
    const { welcome } = this
    if (welcome === 'full' || welcome === 'deny') {
      socket.push(refusals[welcome])
      socket.push(null)
      return
    }
    peer.isLoggedIn = true
    socket.push(
      Buffer.concat([
        message('R', int32(0)),
        message('K', int32(peer.number), int32(4711)),
        message('Z', Buffer.from('I')),
      ]),
    )
  }

  #answer(socket: ScriptedSocket, peer: Peer): void {
    const group = peer.pending
    peer.pending = []
    const send = (): void => {
      if (!peer.isSilent && !socket.destroyed && !socket.readableEnded) socket.push(this.#run(peer, group))
    }
    if (group.some(({ text }) => text === 'slow')) setTimeout(send, SLOW_MILLIS)
    else setImmediate(send)
  }

  #run(peer: Peer, group: Peer['pending']): Buffer {
    const answers: Buffer[] = []
    let hasFailed = false
    for (const { name, text } of group) {
      if (hasFailed) break
      if (name === 'Parse') answers.push(message('1'))
      else if (name === 'Bind') answers.push(message('2'))
      else if (name === 'Close') answers.push(message('3'))
      else if (name === 'Describe') answers.push(message('n'))
      else if (name === 'Execute') {
        this.#receivedStatements++
        const [word = ''] = text.split(' ', 1)
        hasFailed = word === 'fail' || (peer.status === 'E' && word !== 'rollback')
        if (hasFailed) {
          answers.push(errorResponse('ERROR', '22012', 'division by zero'))
          if (peer.status === 'T') peer.status = 'E'
        } else {
          if (word === 'begin') peer.status = 'T'
          if (word === 'commit' || word === 'rollback') peer.status = 'I'
          answers.push(message('C', Buffer.from(`${word.toUpperCase()}\0`)))
        }
      }
    }
    return Buffer.concat([...answers, message('Z', Buffer.from(peer.status))])
  }
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(payload.length + 4), payload])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function errorResponse(severity: string, code: string, text: string): Buffer {
  const fields = [`S${severity}`, `V${severity}`, `C${code}`, `M${text}`].map((field) => `${field}\0`)
  return message('E', Buffer.from(`${fields.join('')}\0`))
}
