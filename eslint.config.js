// Lint carries the house rules of docs/architecture.md: each restriction below names the one room that may do the thing.
import tseslint from 'typescript-eslint';

const restricted = {
  fetch: { name: 'fetch', message: 'Requests leave through net/ only.' },
  env: { object: 'process', property: 'env', message: 'config/ is the only reader of process.env.' },
  parse: { object: 'JSON', property: 'parse', message: 'Outside data is parsed by codec/ (parseJson), within bounds.' },
  webStreams: {
    selector: 'NewExpression[callee.name=/^(ReadableStream|TransformStream|WritableStream)$/]',
    message: 'Proxying through web streams is 5-8 times slower and crashed on disconnects: use node streams.',
  },
};

/** The restricted properties, less those a room is the owner of. */
const properties = (...allowed) =>
  [restricted.env, restricted.parse].filter((rule) => !allowed.includes(rule.property));

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'data/', '.bench/'] },
  ...tseslint.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  },
  {
    files: ['**/*.{ts,tsx}'],
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-control-regex': 'off',
      eqeqeq: ['error', 'always'],
      'prefer-const': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/**/*.test.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': ['error', restricted.fetch],
      'no-restricted-properties': ['error', ...properties()],
      'no-restricted-syntax': [
        'error',
        restricted.webStreams,
        { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
      ],
      'max-lines': ['error', { max: 400 }],
    },
  },
  {
    files: ['console/src/**/*.{ts,tsx}'],
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 400 }],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
          message: 'Outside text is never markup.',
        },
      ],
    },
  },
  { files: ['src/cli/**/*.ts'], rules: { 'no-console': 'off' } },
  { files: ['src/config/**/*.ts'], rules: { 'no-restricted-properties': ['error', ...properties('env')] } },
  {
    files: ['src/codec/**/*.ts', 'src/reader/json-tree.ts'],
    rules: { 'no-restricted-properties': ['error', ...properties('parse')] },
  },
  { files: ['src/**/*.test.ts', 'test/**/*.ts'], rules: { 'max-lines': ['error', { max: 500 }] } },
  { files: ['**/*.generated.ts'], rules: { 'max-lines': 'off' } },
  { files: ['*.js', 'deploy/*.mjs'], ...tseslint.configs.disableTypeChecked },
);
