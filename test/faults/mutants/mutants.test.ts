import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MUTANTS } from './mutants.js'

const root = resolve(import.meta.dirname, '../../..')

// `npm run test:mutants` takes minutes and is not run for every change: here whoever rewrites such a place is told.
describe('the mutants', () => {
  it.each(MUTANTS)('finds the place of: $name', async ({ file, find }) => {
    const text = await readFile(join(root, file), 'utf8')
    expect(text.split(find)).toHaveLength(2)
  })
})
