/** A fenced TypeScript example and where it stands. */
export interface Example {
  /** The file it is written in, relative to the repository, with forward slashes. */
  readonly file: string
  /** The line of its opening fence, counted from 1; its code starts on the next line. */
  readonly line: number
  /** How many characters of each line belong to the place (a docstring's ` * `, a list's indent), not to the code. */
  readonly indent: number
  /** `check` = type-checked; `run` = executed as well; `ignore` = neither, for the stated reason. */
  readonly mode: 'check' | 'run' | 'ignore'
  readonly code: string
  /** Why the fence itself is wrong, when it is. */
  readonly flaw: string | undefined
}

const opening =
  /^(?<indent>\s*(?:\*\s?)?\s*)(?<ticks>`{3,}|~{3,})\s*(?<language>[\w+-]*)[ \t]*(?<words>[^`]*)$/

/**
 * Finds the TypeScript fences of a Markdown file, or of the docstrings of a TypeScript file.
 *
 * Fences of other languages are skipped as a whole, so that a fence shown inside a longer fence is text.
 */
export function extractExamples(file: string, text: string): Example[] {
  const lines = text.split(/\r?\n/)
  const inDocstring = file.endsWith('.ts')
  const examples: Example[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? ''
    // In a TypeScript file a fence is a line of a docstring; three backticks elsewhere are code.
    if (inDocstring && !/^\s*\*/.test(line)) continue
    const match = opening.exec(line)
    if (match?.groups === undefined) continue
    const { indent = '', ticks = '', language = '', words = '' } = match.groups
    const end = closingLine(lines, index + 1, ticks, inDocstring)
    if (['ts', 'typescript', 'tsx', 'mts'].includes(language)) {
      const code = lines
        .slice(index + 1, end ?? lines.length)
        .map((codeLine) => withoutIndent(codeLine, indent))
      examples.push({
        file,
        line: index + 1,
        indent: indent.length,
        mode: modeOf(words),
        code: code.join('\n'),
        flaw: flawOf(language, words, end),
      })
    }
    if (end === undefined) break
    index = end
  }
  return examples
}

function closingLine(
  lines: readonly string[],
  from: number,
  ticks: string,
  inDocstring: boolean,
): number | undefined {
  for (let index = from; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (inDocstring && line.includes('*/')) return undefined
    const text = (inDocstring ? line.replace(/^\s*\*/, '') : line).trim()
    if (
      text.length >= ticks.length &&
      text.startsWith(ticks) &&
      text === text.charAt(0).repeat(text.length)
    ) {
      return index
    }
  }
  return undefined
}

/** An empty line of a docstring may have lost the blanks of its indent. */
function withoutIndent(line: string, indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line.replace(/^\s*\*?\s*/, '')
}

function modeOf(words: string): Example['mode'] {
  const [mode] = words.trim().split(/\s+/)
  return mode === 'run' || mode === 'ignore' ? mode : 'check'
}

function flawOf(language: string, words: string, end: number | undefined): string | undefined {
  if (end === undefined) return 'The fence is never closed.'
  if (language !== 'ts') return `The fence says "${language}"; write "ts", so that it is type-checked.`
  const [mode = '', ...rest] = words.trim().split(/\s+/)
  if (mode === 'ignore') return rest.length > 0 ? undefined : 'Say why: ```ts ignore <reason>'
  if ((mode === '' || mode === 'run') && rest.length === 0) return undefined
  return `The fence says "ts ${words.trim()}"; it may say "ts", "ts run" or "ts ignore <reason>".`
}
