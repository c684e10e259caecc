import { describe, expect, inject, it } from 'vitest'
import { AsyncDatabase } from '../../../src/database/async-database.js'
import { initializeDatabase } from '../../../src/database/initialize-database.js'
import { ConfigurationError } from '../../../src/errors/usage-error.js'
import { InitializationError } from '../../../src/errors/initialization-error.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import { newerFeatures } from '../../support/newer-features.js'
import { temporaryDatabase } from '../../support/temporary-database.js'
import { via } from '../../support/via.js'
import { createIn } from './create-in.js'

describe('A server that is older than a feature', () => {
  it.each(newerFeatures)('is told from one that has it, %i: %s', async (since, words, options) => {
    await using empty = await temporaryDatabase(inject('databaseUrl'))
    const metadata = new Metadata(options)
    await using database = new AsyncDatabase({ ...via(empty.url), metadata })
    if (inject('serverVersion') >= since) {
      expect((await database.createAll()).created.length).toBeGreaterThan(0)
      return
    }
    // What is refused by us is what the server refuses.
    await expect(createIn(empty.url, metadata)).rejects.toThrow()
    const failure: unknown = await database.createAll().catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(ConfigurationError)
    expect(String(failure)).toContain(words)
    await expect(initializeDatabase(database)).rejects.toThrow(InitializationError)
    await expect(initializeDatabase(database)).rejects.toThrow(words)
  })
})
