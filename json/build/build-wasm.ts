/**
 * Builds every module of `json/assembly` into `json/src/<name>.wasm`, which is checked in.
 * `--check` builds in memory and fails if what is checked in differs: the compiler's version is pinned, so its output is too.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'

const modules = ['validate']

const assembly = fileURLToPath(new URL('../assembly/', import.meta.url))
const checkedIn = fileURLToPath(new URL('../src/', import.meta.url))

if (process.argv.includes('--check')) await check()
else await build(checkedIn)

async function build(target: string): Promise<void> {
  for (const name of modules) {
    const source = [`${name}.ts`, '--baseDir', assembly, '--outFile', join(target, `${name}.wasm`)]
    const { error, stderr } = await asc.main([...source, '-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub'])
    if (error) throw new Error(`${name} does not compile:\n${stderr.toString()}`)
  }
}

async function check(): Promise<void> {
  const target = await mkdtemp(join(tmpdir(), 'millrace-wasm-'))
  try {
    await build(target)
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
