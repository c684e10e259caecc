import jsdoc from 'eslint-plugin-jsdoc'
import tseslint from 'typescript-eslint'

const bareErrors = '/^(Error|TypeError|RangeError|AggregateError)$/'
const useTheTree = 'Throw a class of src/errors/: it has a stable code, a hint, and it keeps its cause.'

/** A docstring for every export, and for what else the selectors name. */
function everyExport(...selectors) {
  return {
    publicOnly: { esm: true },
    enableFixer: false,
    require: { ClassDeclaration: true, FunctionDeclaration: true },
    contexts: [
      'TSInterfaceDeclaration',
      'TSTypeAliasDeclaration',
      'ExportNamedDeclaration > VariableDeclaration',
      ...selectors,
    ],
  }
}

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'coverage/',
      'docs/api/',
      '.doc-examples/',
      '.tmp/',
      'playground.ts',
      'test/docs/prelude.ts',
      '**/*.{js,cjs,mjs}',
    ],
  },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: false, skipComments: false }],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // `async` also turns a synchronous throw into a rejection, and port implementations need not wait for anything.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      // Kysely 0.29 deprecates withTables for $extendTables, which 0.28 has not; `npm run check` passes with both.
      '@typescript-eslint/no-deprecated': [
        'error',
        { allow: [{ from: 'package', package: 'kysely', name: ['withTables'] }] },
      ],
      // `interface DB extends InferDatabase<…> {}` keeps hovers short and the compiler fast.
      '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'with-single-extends' }],
    },
  },
  {
    files: ['src/**/*.ts'],
    plugins: { jsdoc },
    settings: { jsdoc: { mode: 'typescript', tagNamePreference: { default: 'defaultValue' } } },
    rules: {
      'max-lines': ['error', { max: 300, skipBlankLines: false, skipComments: false }],
      'no-console': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: `ThrowStatement > NewExpression[callee.name=${bareErrors}]`, message: useTheTree },
        { selector: `ThrowStatement > CallExpression[callee.name=${bareErrors}]`, message: useTheTree },
        {
          selector: `CallExpression[callee.property.name='reject'] > NewExpression[callee.name=${bareErrors}]`,
          message: useTheTree,
        },
        {
          selector: 'ExportDefaultDeclaration',
          message: 'Named exports only: one name per idea, everywhere.',
        },
        { selector: 'ExportAllDeclaration[exported=null]', message: 'Name what you export; no barrels.' },
      ],
      // The methods of what the entry points export are typedoc's to check (`npm run docs`): a room's own plumbing need
      // not repeat its names in prose.
      'jsdoc/require-jsdoc': ['error', everyExport()],
      'jsdoc/require-description': [
        'error',
        { contexts: ['any'], checkConstructors: false, exemptedBy: ['inheritDoc', 'internal'] },
      ],
      'jsdoc/no-types': 'error',
      'jsdoc/check-alignment': 'error',
      'jsdoc/check-param-names': ['error', { checkDestructured: false, disableMissingParamChecks: true }],
      'jsdoc/require-hyphen-before-param-description': ['error', 'always'],
      'jsdoc/check-tag-names': [
        'error',
        {
          definedTags: [
            'remarks',
            'privateRemarks',
            'typeParam',
            'defaultValue',
            'packageDocumentation',
            'label',
            'sealed',
            'virtual',
            'experimental',
            'eventProperty',
            'group',
            'category',
            'hidden',
          ],
        },
      ],
    },
  },
  {
    files: ['src/{config,metadata,ddl,session,migrations,database,adapters}/**/*.ts'],
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        everyExport(
          'ExportNamedDeclaration > TSInterfaceDeclaration[id.name=/(Options|Defaults)$/] > TSInterfaceBody > TSPropertySignature',
        ),
      ],
    },
  },
  {
    // A list of names, not code: it grows with what there is to export.
    files: ['src/index.ts'],
    rules: { 'max-lines': 'off' },
  },
  {
    // Ambient declarations of other people's modules describe what is there, default exports and all.
    files: ['src/**/*.d.ts'],
    rules: { 'no-restricted-syntax': 'off', 'jsdoc/require-jsdoc': 'off' },
  },
  {
    files: ['test/**/*.ts', 'examples/**/*.ts'],
    rules: {
      // Tests reach into what they have just made and assert on it at once; `!` says so shorter than a guard.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
    },
  },
)
