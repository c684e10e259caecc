import { join } from 'node:path'
import ts from 'typescript'
import { documentError } from './document-error.js'
import type { ExampleFile } from './example-files.js'

/**
 * Type-checks the examples under the rules of tsconfig.json: one program for all, and one of its own for each that
 * declares something for everybody (`declare module`, `declare global`), so that it does not declare it for the others.
 *
 * @returns For each example's path what is wrong, with the file and line of the document; under '' what is wrong with
 * the prelude.
 */
export function typeErrors(root: string, examples: readonly ExampleFile[]): Map<string, Error[]> {
  const prelude = join(root, 'test/docs/prelude.ts')
  const options = optionsOf(root)
  // An example may add to an entry point that it does not import itself.
  const entries = Object.values(options.paths ?? {}).flatMap((paths) => paths.map((path) => join(root, path)))
  const errors = new Map<string, Error[]>()
  const add = (key: string, error: Error) => errors.set(key, [...(errors.get(key) ?? []), error])

  let program: ts.Program | undefined
  for (const group of groupsOf(examples)) {
    // The program before gives its parsed files to the next, which makes that one cheap.
    program = ts.createProgram({
      rootNames: [prelude, ...entries, ...group.map(({ path }) => path)],
      options,
      ...(program === undefined ? {} : { oldProgram: program }),
    })
    for (const example of group) {
      const source = program.getSourceFile(example.path)
      if (source === undefined) add(example.path, documentError(example, 'was not checked'))
      for (const diagnostic of diagnosticsOf(program, source))
        add(example.path, inDocument(diagnostic, example))
    }
    for (const diagnostic of [
      ...program.getOptionsDiagnostics(),
      ...diagnosticsOf(program, program.getSourceFile(prelude)),
    ]) {
      add('', documentError({ file: 'test/docs/prelude.ts', line: 1 }, textOf(diagnostic)))
    }
  }
  return errors
}

function groupsOf(examples: readonly ExampleFile[]): ExampleFile[][] {
  const isForAll = ({ code }: ExampleFile) => /^\s*declare (module|global)\b/m.test(code)
  return [
    examples.filter((example) => !isForAll(example)),
    ...examples.filter(isForAll).map((example) => [example]),
  ]
}

function diagnosticsOf(program: ts.Program, source: ts.SourceFile | undefined): ts.Diagnostic[] {
  if (source === undefined) return []
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
}

function inDocument(diagnostic: ts.Diagnostic, { file, line, indent }: ExampleFile): Error {
  const start = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
  const place =
    start === undefined
      ? { file, line }
      : { file, line: start.line + 1, column: start.character + 1 + indent }
  return documentError(place, `TS${String(diagnostic.code)}: ${textOf(diagnostic)}`)
}

function textOf(diagnostic: ts.Diagnostic): string {
  return ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
}

function optionsOf(root: string): ts.CompilerOptions {
  const path = join(root, 'tsconfig.json')
  const read = ts.readConfigFile(path, (file) => ts.sys.readFile(file))
  const { options } = ts.parseJsonConfigFileContent(read.config, ts.sys, root)
  // An example may declare what it only shows.
  return { ...options, noUnusedLocals: false, noUnusedParameters: false }
}
