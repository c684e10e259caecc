import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

async function documents(): Promise<string[]> {
  const inDocs = await readdir(join(root, 'docs'), { recursive: true })
  const pages = inDocs.filter((name) => name.endsWith('.md') && !name.startsWith('api'))
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pages.map((name) => `docs/${name}`)]
}

/** Without what is in fences: an example may hold anything. */
async function prose(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replace(/^( *)```.*?^\1```$/gmsu, '')
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/gu, '$1').replaceAll('`', '')
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/gu, '-')
}

async function anchorsOf(file: string): Promise<string[]> {
  return [...(await prose(file)).matchAll(/^#{1,6} (.+)$/gmu)].map(([, heading = '']) => anchorOf(heading))
}

/** What is wrong with a link, if anything. Links to other sites are not followed. */
async function flawOf(file: string, link: string): Promise<string | undefined> {
  if (/^[a-z]+:/u.test(link)) return undefined
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? file : resolve(dirname(file), path)
  if (!existsSync(target)) return `${relative(root, target)} does not exist`
  if (anchor === undefined || !target.endsWith('.md')) return undefined
  return (await anchorsOf(target)).includes(anchor) ? undefined : `no heading has the anchor ${anchor}`
}

describe.each(await documents())('A link in %s', (name) => {
  it('leads to a page and a heading that exist', async () => {
    const file = join(root, name)
    const links = [...(await prose(file)).matchAll(/\]\(([^()\s]+)\)/gu)].map(([, link = '']) => link)
    const flaws = await Promise.all(links.map(async (link) => [link, await flawOf(file, link)] as const))
    expect(flaws.filter(([, flaw]) => flaw !== undefined)).toEqual([])
  })
})
