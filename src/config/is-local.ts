import { isIPv4 } from 'node:net'

/** Whether what is sent to this host stays on this machine. No I/O: a name that merely resolves here does not count. */
export function isLocal(host: string): boolean {
  return (
    host.startsWith('/') ||
    host === 'localhost' ||
    host === '::1' ||
    (isIPv4(host) && host.startsWith('127.'))
  )
}
