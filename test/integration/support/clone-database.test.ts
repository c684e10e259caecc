import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { cloneDatabase } from '../../support/clone-database.js'

describe('cloneDatabase', () => {
  const database = cloneDatabase()

  it('gives a copy of the template', async () => {
    const rows = await database.query<{ sum: string }>('select sum(balance) from account')
    expect(rows).toEqual([{ sum: '20000' }])
  })

  it('lists the connections under test, and not its own', async () => {
    const client = new pg.Client({ connectionString: database.url, application_name: 'under-test' })
    await client.connect()
    await client.query('select 1 as one')
    const backends = await database.backends()
    await client.end()
    expect(backends).toMatchObject([
      { state: 'idle', query: 'select 1 as one', applicationName: 'under-test' },
    ])
  })

  it('fails a test that leaves a transaction open', { fails: true }, async ({ onTestFinished }) => {
    const client = new pg.Client(database.url)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('begin')
  })
})
