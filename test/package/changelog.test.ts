import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from './pack.js'

const kinds = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security']

describe('CHANGELOG.md', () => {
  it('keeps the form of Keep a Changelog', async () => {
    const lines = (await readFile(join(root, 'CHANGELOG.md'), 'utf8')).split('\n')
    const releases = lines.filter((line) => line.startsWith('## '))
    expect(releases[0]).toBe('## [Unreleased]')
    for (const release of releases.slice(1)) {
      expect(release).toMatch(/^## \[\d+\.\d+\.\d+(-[\w.]+)?\] - \d{4}-\d{2}-\d{2}$/)
    }
    for (const kind of lines.filter((line) => line.startsWith('### '))) expect(kinds).toContain(kind.slice(4))
  })

  it('has a section for the version of package.json, or notes for it that are not released yet', async () => {
    const text = await readFile(join(root, 'CHANGELOG.md'), 'utf8')
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    const unreleased = /## \[Unreleased\]\n([^]*?)(?=\n## \[|$)/.exec(text)?.[1] ?? ''
    expect(text.includes(`## [${version}] - `) || /^- /m.test(unreleased)).toBe(true)
  })
})
