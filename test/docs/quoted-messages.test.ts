import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES } from '../../src/errors/error-codes.js'
import { messageLiterals } from './message-literals.js'

const root = resolve(import.meta.dirname, '../..')
const literals = await messageLiterals(root)

const guides = (await readdir(join(root, 'docs/guides'))).filter((name) => name.endsWith('.md'))
const files = ['README.md', ...guides.map((name) => `docs/guides/${name}`)]

/** The lines of a document that quote a message: those in fences of the kind `text error`. */
async function quotesOf(file: string): Promise<(readonly [line: number, text: string])[]> {
  const lines = (await readFile(join(root, file), 'utf8')).split('\n')
  let isQuoting = false
  return lines.flatMap((text, index) => {
    const isFence = text.trimStart().startsWith('```')
    const quoted = isQuoting && !isFence && text.trim() !== '' ? [[index + 1, text] as const] : []
    if (isFence) isQuoting = !isQuoting && text.trim().startsWith('```text error')
    return quoted
  })
}

/** A message may be followed by its code, and the code by a hint or by the message of the cause. */
const CODE = /\s*\[([A-Z_]+)\]\.?\s*/u

describe.each(files)('A message that is quoted in %s', (file) => {
  it('is one that the package writes', async () => {
    for (const [line, quote] of await quotesOf(file)) {
      const pieces = quote.split(CODE)
      const texts = pieces.filter((piece, index) => index % 2 === 0 && piece.trim() !== '')
      const codes = pieces.filter((_, index) => index % 2 === 1)
      for (const code of codes) expect(ERROR_CODES, `${file}:${line}`).toContain(code)
      for (const text of texts) {
        const isWritten = literals.some(({ pattern }) => pattern.test(text))
        expect(isWritten, `${file}:${line}: no text in src/ reads like: ${text}`).toBe(true)
      }
    }
  })
})
