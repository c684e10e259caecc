import { describe, expect, it, vi } from 'vitest'
import { runProgram } from '../../../src/testing/run-program.js'

const HERE = { cwd: '/' }

describe('runProgram', () => {
  it('returns what the program printed', async () => {
    expect(await runProgram('sh', ['-c', 'echo yes'], HERE)).toBe('yes\n')
  })

  it('shows the last lines of a program that fails', async () => {
    await expect(
      runProgram('sh', ['-c', 'for i in 1 2 3 4 5 6 7; do echo line $i >&2; done; exit 3'], HERE),
    ).rejects.toThrow('"sh" ended with exit code 3: line 3 | line 4 | line 5 | line 6 | line 7')
  })

  it('says what to do when libraries are missing', async () => {
    const complaint = 'echo "error while loading shared libraries: libicuuc.so.60" >&2; exit 127'
    await expect(runProgram('sh', ['-c', complaint], HERE)).rejects.toThrow('npm rebuild')
  })

  it('says when there is no such program', async () => {
    await expect(runProgram('/nonexistent/initdb', [], HERE)).rejects.toThrow(
      `"/nonexistent/initdb" can't be started`,
    )
  })

  it('passes nothing of our environment that steers PostgreSQL', async () => {
    vi.stubEnv('PGPORT', '1')
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8')
    const printed = await runProgram('sh', ['-c', 'echo "$PGPORT/$LC_ALL"'], HERE)
    vi.unstubAllEnvs()
    expect(printed).toBe('/C\n')
  })
})
