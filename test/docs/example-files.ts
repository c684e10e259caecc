import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { extractExamples, type Example } from './extract-examples.js'

/** An example and the file that holds it alone, as a module. */
export interface ExampleFile extends Example {
  /** Absolute path of `.doc-examples/<file>-L<line>.ts`. */
  readonly path: string
}

/** Finds the examples of README.md, CONTRIBUTING.md, docs/ and the docstrings of src/, and writes one file for each. */
export async function writeExampleFiles(root: string): Promise<ExampleFile[]> {
  const folder = join(root, '.doc-examples')
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const examples: ExampleFile[] = []
  for (const file of await documents(root)) {
    for (const example of extractExamples(file, await readFile(join(root, file), 'utf8'))) {
      const path = join(folder, `${file.replaceAll('/', '.')}-L${String(example.line)}.ts`)
      await writeFile(path, moduleOf(example))
      examples.push({ ...example, path })
    }
  }
  return examples
}

async function documents(root: string): Promise<string[]> {
  const [src, docs, top] = await Promise.all([
    filesIn(root, 'src', '.ts'),
    filesIn(root, 'docs', '.md'),
    readdir(root),
  ])
  return [
    ...['README.md', 'CONTRIBUTING.md'].filter((file) => top.includes(file)),
    ...docs.filter((file) => !file.startsWith('docs/api/')),
    ...src.filter((file) => !file.endsWith('.d.ts')),
  ]
}

async function filesIn(root: string, folder: string, ending: string): Promise<string[]> {
  const files = await readdir(join(root, folder), { recursive: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  })
  return files
    .filter((file) => file.endsWith(ending))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .sort()
}

/** The code on the lines it has in its document, so that every message and stack has the right line already. */
function moduleOf({ line, code }: Example): string {
  return `${'\n'.repeat(line)}${code}\nexport {}\n`
}
