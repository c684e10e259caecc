import { describe, expect, it } from 'vitest'
import { extractExamples } from './extract-examples.js'

const markdown = (...lines: string[]) => extractExamples('guide.md', lines.join('\n'))
const source = (...lines: string[]) => extractExamples('src/a.ts', lines.join('\n'))

describe('extractExamples', () => {
  it('gives the line of the fence and the code after it', () => {
    expect(markdown('# Title', '', '```ts', 'const a = 1', '', 'const b = 2', '```', 'end')).toEqual([
      {
        file: 'guide.md',
        line: 3,
        indent: 0,
        mode: 'check',
        code: 'const a = 1\n\nconst b = 2',
        flaw: undefined,
      },
    ])
  })

  it('takes what is to run and what is to ignore from the words after ts', () => {
    const examples = markdown('```ts run', '1', '```', '```ts ignore needs a server', '2', '```')
    expect(examples.map(({ mode, flaw }) => [mode, flaw])).toEqual([
      ['run', undefined],
      ['ignore', undefined],
    ])
  })

  it('finds a mistake in the words after the fence', () => {
    const flaws = (fence: string) => markdown(fence, '1', '```').map(({ flaw }) => flaw)
    expect(flaws('```typescript')).toEqual([expect.stringContaining('write "ts"')])
    expect(flaws('```ts ignore')).toEqual([expect.stringContaining('Say why')])
    expect(flaws('```ts rum')).toEqual([expect.stringContaining('"ts rum"')])
    expect(markdown('```ts', '1').map(({ flaw }) => flaw)).toEqual(['The fence is never closed.'])
  })

  it('skips other languages, and fences shown inside a longer fence', () => {
    expect(markdown('```sh', 'npm test', '```', '````md', '```ts', 'x', '```', '````')).toEqual([])
  })

  it('takes the indent of a list off the code', () => {
    expect(markdown('- step', '', '  ```ts', '  if (a) {', '    b()', '  }', '  ```')).toMatchObject([
      { line: 3, indent: 2, code: 'if (a) {\n  b()\n}' },
    ])
  })

  it('reads docstrings and only docstrings of a TypeScript file', () => {
    const examples = source(
      '  /**',
      '   * Does.',
      '   * @example',
      '   * ```ts run',
      '   * const a = `x`',
      '   *',
      '   * await use(a)',
      '   * ```',
      '   */',
      'const text = `',
      '```ts',
      'nothing',
      '```',
      '`',
    )
    expect(examples).toMatchObject([
      { line: 4, indent: 5, mode: 'run', code: 'const a = `x`\n\nawait use(a)' },
    ])
  })

  it('does not read on behind the docstring when a fence is left open', () => {
    const [example] = source('/**', ' * ```ts', ' * a()', ' */', 'export const b = 1', '/** ``` */')
    expect(example?.flaw).toBe('The fence is never closed.')
  })
})
