import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { serverAccount } from '../../../src/testing/server-account.js'

const isRoot = process.getuid?.() === 0

describe('serverAccount', () => {
  it.runIf(isRoot)('is an existing unprivileged user when this process is root', async () => {
    const account = await serverAccount()
    expect(account.uid).toBeGreaterThan(0)
    expect(await readFile('/etc/passwd', 'utf8')).toContain(`:${String(account.uid)}:${String(account.gid)}:`)
  })

  it.skipIf(isRoot)('is the user of this process when that is not root', async () => {
    expect(await serverAccount()).toEqual({})
  })
})
