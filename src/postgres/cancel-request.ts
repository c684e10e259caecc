import pg from 'pg'

/** Where the connection to cancel goes, and the key that the server gave it. */
export interface CancelTarget {
  readonly host: string
  readonly port: number
  readonly ssl: boolean | object
  readonly processId: number
  readonly secretKey: number
}

interface CancelConnection {
  readonly stream: { destroy(): void }
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
  on(event: string, listener: () => void): void
}

/**
 * Asks the server to cancel what one connection runs, over a socket of its own.
 *
 * Resolves when the server has closed that socket: only then is the request surely processed, and a later
 * statement on the connection safe from it (E8l: 206 of 400 innocent statements were hit without the wait,
 * 0 of 400 with it). Resolves too when the server can't be reached or the time is up; it never rejects.
 *
 * @param target - The connection to cancel.
 * @param timeoutMillis - Longest wait, in milliseconds.
 * @returns Whether the server closed the socket in time.
 * @see PostgreSQL manual, Message Flow, Canceling Requests in Progress
 * @internal
 */
export function sendCancelRequest(target: CancelTarget, timeoutMillis: number): Promise<boolean> {
  return new Promise((resolve) => {
    const ConnectionClass = pg.Connection as unknown as new (config: object) => CancelConnection
    const connection = new ConnectionClass({ ssl: target.ssl })
    let isSent = false
    const finish = (): void => {
      clearTimeout(timer)
      connection.stream.destroy()
      resolve(isSent)
    }
    const send = (): void => {
      connection.cancel(target.processId, target.secretKey)
      isSent = true
    }
    const timer = setTimeout(() => {
      isSent = false
      finish()
    }, timeoutMillis)
    connection.on('connect', () => {
      if (target.ssl === false) send()
      else connection.requestSsl()
    })
    connection.on('sslconnect', send)
    connection.on('error', finish)
    connection.on('end', finish)
    if (target.host.startsWith('/')) connection.connect(`${target.host}/.s.PGSQL.${target.port}`)
    else connection.connect(target.port, target.host)
  })
}
