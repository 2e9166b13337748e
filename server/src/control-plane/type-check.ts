/**
 * Checks the types of TypeScript modules: the compiler in a process of its own, on a folder of its own, for a limited time. It is a
 * help for those who write code and no wall: what the compiler may read beyond the folder never shows.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Diagnostic, Language, TransformModule } from '../transform.ts'

interface TypeCheckOptions {
  readonly timeoutMs?: number
}

const timeoutMsDefault = 20_000
const memoryKibibytesMax = 4 * 1024 * 1024
/** Of what the compiler says; a part of it is of no use. */
const outputCharsMax = 4 * 1024 * 1024
/** No module can be called so. */
const declarationsFile = 'millrace-types.d.ts'

const endings: Partial<Record<Language, string>> = { typescript: 'ts', javascript: 'js' }

const compilerOptions = {
  noEmit: true,
  target: 'esnext',
  module: 'preserve',
  moduleResolution: 'bundler',
  moduleDetection: 'force',
  lib: ['esnext'],
  types: [],
  typeRoots: [],
  strict: true,
  noImplicitAny: false,
  allowJs: true,
  checkJs: false,
  skipLibCheck: true,
  allowImportingTsExtensions: true,
  paths: { '*': ['./*'] },
}

/**
 * Mistakes in the types of the TypeScript modules, by the user's lines and columns. One without a line says why the types could not
 * be checked.
 * @param declarations what the modules find declared without importing it
 */
export async function checkTypes(
  modules: readonly TransformModule[],
  declarations: string,
  { timeoutMs = timeoutMsDefault }: TypeCheckOptions = {},
): Promise<readonly Diagnostic[]> {
  const first = modules.find(({ language }) => language === 'typescript')
  if (!first) return []
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-types-')))
  try {
    await writeProgram(folder, modules, declarations)
    const said = await inTurn(() => compile(folder, timeoutMs))
    const isWhole = said?.includes(join(folder, declarationsFile)) // which files it read comes last
    if (said && isWhole) return diagnosticsOf(said, folder, first.name)
    return [{ module: first.name, message: 'The types could not be checked: it takes too long, or too much memory' }]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function writeProgram(folder: string, modules: readonly TransformModule[], declarations: string): Promise<void> {
  const files = modules.flatMap(({ name, language, code }) => {
    const ending = endings[language]
    return ending === undefined ? [] : [{ file: `${name}.${ending}`, text: code }]
  })
  files.push({ file: declarationsFile, text: declarations })
  const settings = { compilerOptions, files: files.map(({ file }) => file) }
  for (const { file, text } of [...files, { file: 'tsconfig.json', text: JSON.stringify(settings) }])
    await writeFile(join(folder, file), text)
}

let last: Promise<unknown> = Promise.resolve()

/** One compiler at a time: each may take all memory that it is given. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work)
  last = turn.catch(() => {})
  return turn
}

/** What the compiler printed; undefined where it was stopped. @throws where there is no compiler for this platform. */
async function compile(folder: string, timeoutMs: number): Promise<string | undefined> {
  const compiler = [compilerPath(), '-p', folder, '--pretty', 'false', '--listFiles']
  const limited = ['/bin/sh', '-c', `ulimit -v ${memoryKibibytesMax} 2>/dev/null; exec "$0" "$@"`, ...compiler]
  const [program, ...args] = process.platform === 'win32' ? compiler : limited
  const child = spawn(program!, args, {
    cwd: folder,
    env: { GOMAXPROCS: '1' }, // none of the server's variables, which hold secrets
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > outputCharsMax) child.kill('SIGKILL')
  })
  return new Promise((resolve) => {
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === null ? undefined : output))
  })
}

/** The native program itself, so that killing it kills all of it. @throws where there is none for this platform. */
function compilerPath(): string {
  const name = process.platform === 'win32' ? 'tsc.exe' : 'tsc'
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
  const platformPackage = `@typescript/typescript-${process.platform}-${process.arch}/package.json`
  return join(dirname(createRequire(compiler).resolve(platformPackage)), 'lib', name)
}

/** Advice that a user of Millrace cannot follow. */
const aboutSettings = / Do you need to (change your target library|install type definitions)\?.*/
const mistake = /^(\w+)\.ts\((\d+),(\d+)\): error TS\d+: (.*)$/

function diagnosticsOf(said: string, folder: string, firstModule: string): Diagnostic[] {
  const diagnostics: { module: string; line: number; column: number; message: string }[] = []
  const libraries = dirname(compilerPath())
  for (const line of said.split('\n')) {
    const [, module, row, column, message] = mistake.exec(line) ?? []
    const lastOne = diagnostics.at(-1)
    if (module !== undefined)
      diagnostics.push({
        module,
        line: Number(row),
        column: Number(column),
        message: message!.replace(aboutSettings, ''),
      })
    else if (line.startsWith('  ') && lastOne) lastOne.message += `\n${line}`
    else if (line.startsWith('/') && ![folder, libraries].includes(dirname(line)))
      return [{ module: firstModule, line: 1, message: 'Code may import modules of its workspace, and nothing else' }]
  }
  return diagnostics
}
