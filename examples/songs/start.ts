/** Serves the application until Ctrl-C: `npm start`, or `FRAMEWORK=express PORT=3000 npm start`. */
import { startPostgres } from 'async-database/testing'
import { once } from 'node:events'
import { chosenFramework, startService } from './service.js'

const framework = chosenFramework()
await using server = await startPostgres({ logger: console.log })
const service = await startService(framework, { url: server.url, port: Number(process.env['PORT'] ?? 0) })
const { url } = service

console.log(`
${framework} serves ${url}

In another terminal, one after the other:

curl -s ${url}/register -H 'content-type: application/json' -d '{"email":"ada@example.org","password":"correct horse"}'
TOKEN=$(curl -s ${url}/login -H 'content-type: application/json' -d '{"email":"ada@example.org","password":"correct horse"}' | cut -d '"' -f 4)
curl -s ${url}/songs -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' -d '{"artist":"Nina Simone","title":"Sinnerman"}'

Ctrl-C stops it.`)

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
await service.stop()
