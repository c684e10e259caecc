import { readFileSync } from 'node:fs'
import { relative } from 'node:path'

/** A test that failed, as it is told at the end of a check. */
export interface FailedTest {
  /** Its path from the root. */
  readonly file: string
  /** Its full name, or the file's own failure (an import that threw, a hook). */
  readonly name: string
  /** The first line of what it said. */
  readonly message: string
}

interface VitestReport {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** Reads vitest's JSON report; without one (the run broke down before) nothing passed and nothing is named. */
export function readTestReport(path: string, root: string): { passed: number; failures: FailedTest[] } {
  const report = parse(path)
  if (report === undefined) return { passed: 0, failures: [] }
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(root, name)
    const failed = assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => ({ file, name: test.fullName, message: firstLine(test.failureMessages?.[0]) }))
    if (failed.length > 0 || status !== 'failed') return failed
    return [{ file, name: 'the file itself', message: firstLine(message) }]
  })
  return { passed: report.numPassedTests, failures }
}

function parse(path: string): VitestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as VitestReport
  } catch {
    return undefined
  }
}

function firstLine(text: string | undefined): string {
  return text?.split('\n', 1)[0] ?? 'no message'
}
