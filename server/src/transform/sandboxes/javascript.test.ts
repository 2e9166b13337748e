import { describe, expect, test } from 'vitest'
import type { Language, TransformModule } from '../../transform.ts'
import { javascript } from './javascript.ts'

/** A module `main`, and others by name. */
function compile(code: string, language: Language = 'javascript', others: Record<string, string> = {}) {
  const modules: TransformModule[] = [
    { name: 'main', language, code },
    ...Object.entries(others).map(([name, code]) => ({ name, language, code })),
  ]
  return javascript.compile(modules, ['main'])
}

async function diagnosticsOf(...given: Parameters<typeof compile>) {
  const compiled = await compile(...given)
  return 'diagnostics' in compiled ? compiled.diagnostics : 'compiled'
}

async function codeOf(...given: Parameters<typeof compile>) {
  const compiled = await compile(...given)
  return 'modules' in compiled ? compiled.modules[0]?.code : compiled.diagnostics
}

describe('compiling', () => {
  test('TypeScript loses its types and keeps its lines and columns', async () => {
    const code = `type Shop = {\n  readonly name: string\n}\nexport function transform(event: { shop: Shop }): unknown {\n  return event.shop.name satisfies string\n}\n`
    expect(await codeOf(code, 'typescript')).toBe(
      `             \n                       \n \nexport function transform(event                )          {\n  return event.shop.name                 \n}\n`,
    )
  })

  test.each([
    ['an exported function', 'export function transform(event) { return event }'],
    ['a default export', 'export default function (event) { return event }'],
    ['a function of another name, exported as transform', 'const f = (event) => event; export { f as transform }'],
    ['one that another module has', "export { transform } from './other'"],
  ])('%s is taken as it is', async (_, code) => {
    expect(await codeOf(code, 'javascript', { other: 'export const transform = (event) => event' })).toBe(code)
  })

  test.each(['function transform(event) { return event } // the end', 'const transform = (event) => event'])(
    'a transform that is not exported is, in a line of its own: %s',
    async (code) => {
      expect(await codeOf(code)).toBe(`${code}\nexport { transform }`)
    },
  )

  test('a module that is in no order needs no transform', async () => {
    const main = "import { a } from 'other'\nexport function transform(event) { return a(event) }"
    expect(await codeOf(main, 'typescript', { other: 'export const a = (event: unknown) => event' })).toBe(main)
  })

  test.each(['./other', 'other', './other.ts', './other.js'])('a module is imported as %s', async (specifier) => {
    const code = `import { a } from '${specifier}'\nexport const transform = () => a`
    expect(await codeOf(code, 'javascript', { other: 'export const a = 1' })).toBe(code)
  })

  test('modules may import each other', async () => {
    const main = "import { a } from './other'\nexport const b = 2\nexport const transform = () => a()"
    expect(await codeOf(main, 'javascript', { other: "import { b } from './main'\nexport const a = () => b" })).toBe(
      main,
    )
  })
})

describe('what is wrong is told with its place:', () => {
  test.each<[string, Language, string, object]>([
    [
      'JavaScript',
      'javascript',
      'export function transform(event) {\n  return event.\n}',
      { line: 3, column: 1, message: "SyntaxError: Unexpected token '}'" },
    ],
    [
      'types in JavaScript',
      'javascript',
      'export function transform(event: object) { return event }',
      { line: 1, column: 32, message: "SyntaxError: Unexpected token ':'" },
    ],
    [
      'TypeScript',
      'typescript',
      'export const transform = (event: object) => event\n\tlet b: = 2',
      { line: 2, column: 9, message: expect.stringContaining('Unexpected token `=`') },
    ],
    [
      'what is more than types',
      'typescript',
      '\nenum Shade { Light }\nexport const transform = () => Shade.Light',
      { line: 2, column: 1, message: expect.stringContaining('enum is not supported') },
    ],
    [
      'a name declared twice, which only V8 sees',
      'typescript',
      'const a: number = 1\nlet a = 2\nexport const transform = () => a',
      { line: 2, column: 5, message: "SyntaxError: Identifier 'a' has already been declared" },
    ],
    [
      'an unknown module',
      'javascript',
      "// first\nimport { readFileSync } from 'fs'\nexport const transform = () => readFileSync",
      { line: 2, column: 30, message: expect.stringContaining('There is no module “fs”') },
    ],
    [
      'a name that the other module does not have',
      'javascript',
      "import { a, b } from './other'\nexport const transform = () => a + b",
      { line: 1, column: 22, message: expect.stringContaining("does not provide an export named 'b'") },
    ],
    [
      'no transform',
      'javascript',
      'export function change() {}',
      { message: expect.stringContaining('no `transform`') },
    ],
    [
      'a transform that is none of the module’s own',
      'javascript',
      'function outer() { function transform() {} }',
      { message: expect.stringContaining('no `transform`') },
    ],
    [
      'await outside of a function',
      'javascript',
      'await null\nexport const transform = () => 1',
      { message: expect.stringContaining('`await`') },
    ],
    ['a strict mode offence', 'javascript', 'with (Math) max()', { line: 1, column: 1 }],
  ])('%s', async (_, language, code, expected) => {
    expect(await diagnosticsOf(code, language, { other: 'export const a = 1' })).toEqual([
      expect.objectContaining({ module: 'main', ...expected }),
    ])
  })

  test('every module that has a flaw is named', async () => {
    const diagnostics = await diagnosticsOf('export let transform = ;', 'typescript', {
      a: 'let = ;',
      fine: '',
      b: ')',
    })
    expect(diagnostics).toMatchObject([{ module: 'main' }, { module: 'a' }, { module: 'b' }])
  })

  test('a flaw in an imported module is told of that module', async () => {
    const main = "import { a } from './a'\nexport const transform = () => a"
    const others = { a: "export { missing as a } from './b'", b: 'export const c = 1' }
    expect(await diagnosticsOf(main, 'javascript', others)).toMatchObject([{ module: 'a', line: 1, column: 30 }])
  })

  test('names and sizes', async () => {
    const compiled = await javascript.compile(
      [
        { name: '../main', language: 'javascript', code: '' },
        { name: 'a', language: 'javascript', code: '' },
        { name: 'a', language: 'javascript', code: '' },
        { name: 'b', language: 'javascript', code: ' '.repeat(1024 * 1024 + 1) },
      ],
      [],
    )
    expect(compiled).toMatchObject({ diagnostics: [{ module: '../main' }, { module: 'a' }, { module: 'b' }] })
  })
})

describe('a parser that is attacked', () => {
  test.each<[string, Language, string]>([
    ['brackets', 'javascript', '('.repeat(500_000)],
    ['brackets of TypeScript', 'typescript', '('.repeat(500_000)],
    ['types', 'typescript', `let a: ${'A<'.repeat(300_000)}`],
    ['operators', 'typescript', `export const transform = ${'!'.repeat(800_000)}1`],
  ])('says that it cannot: %s', async (_, language, code) => {
    expect(await diagnosticsOf(code, language)).toMatchObject([{ module: 'main', message: expect.any(String) }])
  })

  test('runs nothing', async () => {
    expect(await codeOf('for (;;);\nexport const transform = () => 1')).toContain('for (;;);')
  })
})
