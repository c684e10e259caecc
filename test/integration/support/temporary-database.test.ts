import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import '../../support/global-setup.js'
import { temporaryDatabase } from '../../support/temporary-database.js'

const serverUrl = inject('databaseUrl')

async function existing(name: string): Promise<number> {
  const client = new pg.Client(serverUrl)
  await client.connect()
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name])
  await client.end()
  return rowCount ?? 0
}

describe('temporaryDatabase', () => {
  it('copies its template', async () => {
    await using database = await temporaryDatabase(serverUrl, { template: inject('templateName') })
    const client = new pg.Client(database.url)
    await client.connect()
    const { rows } = await client.query(
      'select current_database() as name, count(*)::int as accounts from account',
    )
    await client.end()
    expect(rows).toEqual([{ name: database.name, accounts: 20 }])
  })

  it('gives each its own name, also when many are made at once', async () => {
    const databases = await Promise.all(Array.from({ length: 4 }, () => temporaryDatabase(serverUrl)))
    expect(new Set(databases.map(({ name }) => name)).size).toBe(4)
    await Promise.all(databases.map((database) => database.drop()))
    expect(await existing(databases[0]!.name)).toBe(0)
  })

  it('drops the database although somebody is connected to it, and again does nothing', async () => {
    const database = await temporaryDatabase(serverUrl)
    const client = new pg.Client(database.url)
    client.on('error', () => undefined)
    await client.connect()
    await database.drop()
    await database.drop()
    expect(await existing(database.name)).toBe(0)
  })
})
