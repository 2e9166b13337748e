/**
 * A build of the server in a few files, its failpoints and small limits in it. A server of them is ready after two thirds of the work that
 * one of 2,000 modules takes, and most of the time of these tests is the starting of servers. It is made once for a run and used by all
 * that ask for no other bug or limit; what else starts from here (the jails of users' code) comes from the source.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { checkReplacements, instrumented } from './replacement.ts'
import { buildVariable, startServerProcess } from './server-process.ts'
import { smallLimitsOf, withSmallLimits } from './small-limits.ts'

const root = join(import.meta.dirname, '../..')
/** Below the root's packages, so that those that are not in it are found; the number of the process that made it follows. */
const prefix = join(root, 'node_modules/.cache/faults-build-')
const main = join(root, 'server/src/main.ts')
const threads = ['pipeline-thread', 'archive-thread', 'transform-thread']
/** They find files of their own beside them, or load machine code. */
const unbundled = ['@duckdb/*', '@node-rs/*', 'cpu-features', 'isolated-vm', 'pino', 'pino-pretty', 'pyodide', 'ssh2']
const limits = smallLimitsOf(withSmallLimits()['MILLRACE_SMALL'])

/** Makes it, for this process and those that it starts from now on. Disposing takes it away. */
export async function makeBuild(): Promise<Disposable> {
  checkReplacements(limits)
  removeLeftovers()
  const folder = `${prefix}${process.pid}`
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await bundle(folder)
    process.env[buildVariable] = folder
    await compileOnce()
  } catch (error) {
    remove()
    throw error
  }
  return {
    [Symbol.dispose]() {
      delete process.env[buildVariable]
      remove()
    },
  }
}

async function bundle(folder: string): Promise<void> {
  const asModule = `import { createRequire as _createRequire } from 'node:module'; const require = _createRequire(${urlOf(main)})`
  await build({
    entryPoints: [join(root, 'cli/src/main.ts'), ...threads.map((name) => join(root, `server/src/${name}.ts`))],
    outdir: folder,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    external: unbundled,
    banner: { js: asModule },
    plugins: [fromSource(folder)],
  })
}

/** What V8 compiled is kept by a process that ends, not by one that is killed; all that come later are. */
async function compileOnce(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-faults-'))
  try {
    const server = await startServerProcess({ folder })
    server.signal('SIGTERM')
    await server.exited
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Of runs that were killed. */
function removeLeftovers(): void {
  for (const folder of globSync(`${prefix}*`)) {
    try {
      process.kill(Number(folder.slice(prefix.length)), 0)
    } catch {
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** Modules of the product as `instrument.ts` makes them; each believes that it stands where its source does, but for the threads. */
function fromSource(folder: string): Plugin {
  return {
    name: 'instrument',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path.includes('/node_modules/')) return undefined
        const source = instrumented(path, readFileSync(path, 'utf8'), limits)
          .replace(/new URL\('\.\/(\w+-thread)\.ts', import\.meta\.url\)/, (whole, name) =>
            threads.includes(name) ? `new URL(${urlOf(join(folder, `${name}.mjs`))})` : whole,
          )
          .replaceAll('import.meta.url', urlOf(path))
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        return { contents: source, loader: 'ts' }
      })
    },
  }
}

const urlOf = (path: string) => JSON.stringify(pathToFileURL(path).href)
