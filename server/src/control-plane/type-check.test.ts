import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { checkTypes } from './type-check.ts'
import { declarationsOf } from './type-declarations.ts'

const field = (path: string[], type: string) => ({ path, type })
const mappings = [
  {
    eventType: 'click',
    fields: [
      field(['price'], 'DECIMAL(38,2)'),
      field(['is new'], 'BOOLEAN'),
      field(['user', 'name'], 'VARCHAR'),
      field(['at'], 'TIMESTAMP'),
      field(['tags'], 'JSON'),
    ],
  },
  { eventType: 'page "view"', fields: [field(['url'], 'VARCHAR')] },
]
const declarations = declarationsOf({ mappings, secrets: ['salt'], lookups: ['cities'] })

const typescript = (code: string, name = 'main') => ({ name, code, language: 'typescript' as const })
const check = (...lines: string[]) => checkTypes([typescript(lines.join('\n'))], declarations)

test('right code has no mistakes', async () => {
  const found = await check(
    'export function transform(event: Event): TransformResult {',
    "  if (event._metadata.event_type === 'never seen') return null",
    "  const click = event as EventOf<'click'>",
    "  const price: number = click.price ?? 0, isNew: boolean = click['is new'] ?? false",
    '  click.user?.name?.toUpperCase()',
    '  for (const tag of click.tags) console.log(tag, price, isNew, click.at?.slice(0, 10))',
    "  const salt: string = secrets.get('salt'), other: string | undefined = secrets.get('other')",
    "  event['total'] = lookups.get('cities', 'b')?.name ?? lookups.get<number>('towns', 1)",
    "  event._metadata.event_type = 'renamed'",
    "  event._metadata['@timestamp'] = new Date(event._metadata['@timestamp'].slice(0, 10))",
    "  return [event, { salt, other, _metadata: { event_type: 'split' } }]",
    '}',
    'export const loose = (value) => value',
  )
  expect(found).toEqual([])
})

test.each([
  ['a field of another type', "export const f = (e: EventOf<'click'>): string | null | undefined => e.price", 1, 70],
  ['a field that may be missing', "export const f = (e: EventOf<'click'>) => e.user.name", 1, 43],
  ['an event type that was never seen', "export type F = EventOf<'clack'>", 1, 25],
  ['what a browser has', 'export const f = () =>\n  document.title', 2, 3],
  ['what Node has', 'export const f = () =>\n  process.env', 2, 3],
  ['a secret that is not there, taken for text', "export const s: string = secrets.get('pepper')", 1, 14],
])('%s is a mistake at its line and column', async (_, code, line, column) => {
  expect(await check(code)).toMatchObject([{ module: 'main', line, column }])
})

test('columns are those of an editor, whatever is left of them', async () => {
  const left = "export const ü = '😀'; "
  expect(await check(`${left}missing`)).toMatchObject([{ column: left.length + 1 }])
})

test('a message says all that the compiler says, without advice about its settings', async () => {
  const [mistake] = await check('export const f = (e: Event): { a: { b: string } } => ({ a: { b: 1, e } })', 'document')
  expect(mistake?.message).toMatch(/number.*string/)
  const [, browser] = await check('export const one: string = 1', 'document')
  expect(browser?.message).toBe("Cannot find name 'document'.")
})

test('modules see one another, with and without a path, JavaScript ones too; their own mistakes are theirs', async () => {
  const modules = [
    typescript(
      "import { one } from './one'\nimport { two } from 'two'\nexport const three: string = one + two",
      'main',
    ),
    typescript('export const one = 1\nexport const wrong: string = one', 'one'),
    { name: 'two', code: 'export const two = 2\nundeclared()', language: 'javascript' as const },
    { name: 'three', code: 'def transform(event): return event', language: 'python' as const },
  ]
  const found = await checkTypes(modules, declarations)
  expect(found.map(({ module, line }) => `${module}:${line}`).sort()).toEqual(['main:3', 'one:2'])
})

test('without TypeScript there is nothing to check', async () => {
  expect(await checkTypes([{ name: 'main', code: 'syntax error', language: 'javascript' }], declarations)).toEqual([])
})

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test.each(['import type', 'import', 'reference'])('nothing of a file elsewhere is told: by %s', async (way) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-elsewhere-'))
  folders.push(folder)
  writeFileSync(join(folder, 'secret.ts'), "export const secret = 'canary-of-a-file' as const")
  const lines = {
    'import type': [`import type { secret } from '${folder}/secret'`, 'export const x: typeof secret = 1'],
    import: [`import { secret } from '${folder}/secret.ts'`, 'export const x: number = secret'],
    reference: [`/// <reference path="${folder}/secret.ts" />`, 'export const x: string = 1'],
  }
  const found = await check(...lines[way as keyof typeof lines])
  expect(found).toEqual([{ module: 'main', line: 1, message: expect.stringMatching(/modules of its workspace/) }])
  expect(JSON.stringify(found)).not.toContain('canary')
})

test('types that take too long to work out are given up in time, and said not to be checked', async () => {
  const endless = [
    'type Digits = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"',
    `type Pair = \`$\{Digits}$\{Digits}\`; type Four = \`$\{Pair}$\{Pair}\``,
    'type Count<N extends number, A extends 0[] = []> = A["length"] extends N ? A : Count<N, [...A, 0]>',
    ...Array.from(
      { length: 400 },
      (_, n) => `export type A${n} = [Count<9${String(n).padStart(2, '0')}>, Exclude<Four, "${n}">]`,
    ),
    ...Array.from({ length: 400 }, (_, n) => `export const a${n}: A${n} = [[], "x"]`),
  ].join('\n')
  const startedAt = performance.now()
  const found = await checkTypes([typescript(endless)], declarations, { timeoutMs: 50 })
  expect(found).toEqual([{ module: 'main', message: expect.stringMatching(/could not be checked/) }])
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('its folders are removed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-type-checks-'))
  folders.push(folder)
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = folder
  try {
    await check('export const one: string = 1')
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
  expect(readdirSync(folder)).toEqual([])
})
