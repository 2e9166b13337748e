/**
 * Builds every module of `json/assembly` into `json/src/<name>.wasm`, which is checked in.
 * `--check` builds in memory and fails if what is checked in differs: the compiler's version is pinned, so its output is too.
 */
import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modules = ['validate', 'members', 'extract', 'unescape', 'flatten', 'series']
/** 112: that no host can pass vectors, said of functions that only other files of a module call. */
const flags = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '--disableWarning', '112']

const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'))
const assembly = fileURLToPath(new URL('../assembly/', import.meta.url))
const checkedIn = fileURLToPath(new URL('../src/', import.meta.url))

if (process.argv.includes('--check')) await check()
else build(checkedIn)

function build(target: string): void {
  for (const name of modules) {
    const files = [`${name}.ts`, '--baseDir', assembly, '--outFile', join(target, `${name}.wasm`)]
    execFileSync(process.execPath, [compiler, ...files, ...flags], { stdio: 'inherit' })
  }
}

async function check(): Promise<void> {
  const target = await mkdtemp(join(tmpdir(), 'millrace-wasm-'))
  try {
    build(target)
    for (const name of modules) {
      const fresh = await readFile(join(target, `${name}.wasm`))
      if (fresh.equals(await readFile(join(checkedIn, `${name}.wasm`)))) continue
      console.error(
        `json/src/${name}.wasm is not what json/assembly/${name}.ts compiles to: run node json/build/build-wasm.ts`,
      )
      process.exitCode = 1
    }
  } finally {
    await rm(target, { recursive: true })
  }
}
