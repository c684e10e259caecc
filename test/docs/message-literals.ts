import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import ts from 'typescript'

/** A text in the sources, as a pattern: what is put in at run time stands for anything. */
export interface MessageLiteral {
  readonly pattern: RegExp
  /** How many characters of it are certain. */
  readonly certain: number
}

/** Reads every string and template of src/ that is long enough to be told apart from others. */
export async function messageLiterals(root: string): Promise<MessageLiteral[]> {
  const folder = join(root, 'src')
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'))
  const sources = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return sources.flatMap((text, index) => {
    const literals: MessageLiteral[] = []
    const visit = (node: ts.Node): void => {
      const parts = partsOf(node)
      const certain = parts.join('').length
      if (certain >= MIN_CERTAIN)
        literals.push({ pattern: new RegExp(parts.map(escape).join('.*?'), 'su'), certain })
      ts.forEachChild(node, visit)
    }
    visit(ts.createSourceFile(names[index] ?? '', text, ts.ScriptTarget.ESNext))
    return literals
  })
}

/** Shorter ones (`is`, `: `) would match any line. */
const MIN_CERTAIN = 12

function partsOf(node: ts.Node): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text]
  if (!ts.isTemplateExpression(node)) return []
  return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]
}

function escape(text: string): string {
  return text.replace(/[$()*+.?[\\\]^{|}/]/gu, String.raw`\$&`)
}
