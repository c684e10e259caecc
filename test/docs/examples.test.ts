import { resolve } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import '../support/global-setup.js'
import { documentError } from './document-error.js'
import { writeExampleFiles, type ExampleFile } from './example-files.js'
import { runExample } from './run-example.js'
import { typeErrors } from './type-errors.js'

const root = resolve(import.meta.dirname, '../..')
const examples = await writeExampleFiles(root)

describe('The documentation', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(0)
  })

  it.each(titled(() => true))('says ts, ts run or ts ignore and why in %s', (_title, { flaw, ...place }) => {
    expect.assertions(0)
    if (flaw !== undefined) throw documentError(place, flaw)
  })
})

describe('An example', () => {
  let errors: Map<string, Error[]>

  beforeAll(() => {
    errors = typeErrors(
      root,
      examples.filter(({ mode }) => mode !== 'ignore'),
    )
  })

  it('finds the names that it may use without declaring them', () => {
    throwAll(errors.get(''))
  })

  it.each(titled(({ mode }) => mode !== 'ignore'))('type-checks in %s', (_title, { path }) => {
    expect.assertions(0)
    throwAll(errors.get(path))
  })

  it.each(titled(({ mode }) => mode === 'run'))('runs in %s', async (_title, example) => {
    expect.assertions(0)
    await runExample(inject('databaseUrl'), example)
  })
})

/** The examples and how the report calls them. */
function titled(filter: (example: ExampleFile) => boolean): [title: string, example: ExampleFile][] {
  return examples.filter(filter).map((example) => [`${example.file}:${String(example.line)}`, example])
}

function throwAll(errors: readonly Error[] = []): void {
  const [first, ...others] = errors
  if (first === undefined) return
  for (const { message } of others) first.message += `\n${message}`
  throw first
}
