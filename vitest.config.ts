import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { defineConfig, type Plugin } from 'vitest/config'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Tests and documentation import the package by its name; they get the sources, so that nothing must be built first. */
const alias = [
  { find: /^async-database$/, replacement: at('src/index.ts') },
  { find: /^async-database\/(express|fastify)$/, replacement: at('src/adapters/$1/index.ts') },
  { find: /^async-database\/adapters$/, replacement: at('src/adapters/index.ts') },
  { find: /^async-database\/testing$/, replacement: at('src/testing/index.ts') },
]

/** Starts PostgreSQL once for a project and stops it afterwards. */
const server = './test/support/global-setup.ts'

/** Vite's own compiler (oxc) knows the decorators of old only. */
const standardDecorators: Plugin = {
  name: 'standard-decorators',
  enforce: 'pre',
  transform(code, id) {
    if (!id.endsWith('.decorated.ts')) return undefined
    const { ES2022: target } = ts.ScriptTarget
    return ts.transpileModule(code, { compilerOptions: { target, module: ts.ModuleKind.ESNext } }).outputText
  },
}

export default defineConfig({
  plugins: [standardDecorators],
  resolve: { alias },
  test: {
    // A runner has two cores; PostgreSQL needs some of them too.
    maxWorkers: 2,
    // Conditions are waited for, not durations: on a busy machine one comes late, but it comes.
    expect: { poll: { timeout: 15_000, interval: 20 } },
    // Examples and servers print what a reader would like to see; in a report only that of a failed test matters.
    silent: 'passed-only',
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.d.ts'],
      reporter: ['text-summary', 'html', 'json-summary'],
    },
    projects: [
      {
        extends: true,
        // Property tests take seconds on a busy machine; a test that hangs is still found.
        test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 90_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts', 'test/conformance/**/*.test.ts'],
          globalSetup: server,
          setupFiles: './test/support/skip-via.ts',
          testTimeout: 90_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './test/types/tsconfig.json',
          },
        },
      },
      {
        extends: true,
        test: {
          name: 'docs',
          include: ['test/docs/**/*.test.ts'],
          globalSetup: server,
          testTimeout: 120_000,
          // One program of all examples: a minute of one core here, and CI's are slower and shared.
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: server,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
