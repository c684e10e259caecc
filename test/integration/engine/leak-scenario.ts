// A program of its own for a test: it forgets an open session, and collects garbage until the pool notices.
import { setTimeout as sleep } from 'node:timers/promises'
import { AsyncDatabase } from '../../../src/database/async-database.js'

const errors: unknown[] = []
const quiet = (): void => undefined
const database = new AsyncDatabase<{ account: { id: number } }>({
  url: process.env['SCENARIO_URL'],
  pool: { size: 1, maxOverflow: 0, acquireTimeoutMillis: 20_000 },
  logger: {
    debug: quiet,
    info: quiet,
    warn: quiet,
    error: (fields: { sessionId?: string }, message: string) => {
      errors.push([fields.sessionId, message])
    },
  },
})
const leaks: unknown[] = []
database.engine.on('leak', ({ sessionId, reason }) => leaks.push([sessionId, reason]))

/** In a function of its own, so that nothing of the session stays on the stack. */
async function forget(): Promise<string> {
  const session = database.session()
  await session.selectFrom('account').select('id').where('id', '=', 1).execute()
  return session.id
}

const sessionId = await forget()
const { inUse, leaked } = database.engine.stats()
const next = database.begin((session) =>
  session.selectFrom('account').select('id').where('id', '=', 1).execute(),
)
for (let attempt = 0; attempt < 500 && database.engine.stats().leaked === 0; attempt++) {
  globalThis.gc?.()
  await sleep(10)
}
const rows = await next
const end = database.engine.stats()

// A session that is still used is never taken for a forgotten one.
const kept = database.session()
await kept.selectFrom('account').select('id').execute()
for (let attempt = 0; attempt < 5; attempt++) {
  globalThis.gc?.()
  await sleep(5)
}
const stillLeaked = database.engine.stats().leaked
await kept.close()
await database.close()

console.log(
  JSON.stringify({
    sessionId,
    held: { inUse, leaked },
    afterwards: {
      inUse: end.inUse,
      leaked: end.leaked,
      destroyed: end.destroyed,
      acquired: end.acquired,
      released: end.released,
    },
    leaks,
    errors,
    rows,
    kept: { leaked: stillLeaked },
  }),
)
