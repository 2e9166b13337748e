/**
 * Writes the package as it is published: JavaScript with declarations, as Node strips no types below `node_modules`. In the repo
 * itself nothing is compiled, so the published `exports` stand here and not in `package.json`. What pages and workers load is one file
 * each, as small as it gets: a page may name it as it is.
 *
 *   node sdk/build/build-package.ts [folder], then `npm pack` or `npm publish` of that folder; sdk/dist by default
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const root = join(import.meta.dirname, '..')

export function buildPackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  const compiler = join(root, '..', 'node_modules', '.bin', 'tsc')
  execFileSync(compiler, ['-p', join(root, 'tsconfig.pack.json'), '--outDir', folder], { stdio: 'inherit' })
  bundleForPages(folder)
  const { name, version, description, type, license, sideEffects, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  const published = { name, version, description, type, license, sideEffects, engines, exports: publishedExports }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  copyFileSync(join(root, '..', 'LICENSE'), join(folder, 'LICENSE'))
  const readme = join(root, 'README.md')
  if (existsSync(readme)) copyFileSync(readme, join(folder, 'README.md'))
}

/** Each of them whole: no two share a class that users would compare with. */
function bundleForPages(folder: string): void {
  buildSync({
    entryPoints: ['browser', 'worker', 'extras', 'storage'].map((name) => join(folder, `${name}.js`)),
    outdir: join(folder, 'page'),
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  })
  for (const part of ['browser', 'browser.js', 'worker.js']) rmSync(join(folder, part), { recursive: true }) // in them already
}

const entry = (name: string) => ({ types: `./${name}.d.ts`, default: `./${name}.js` })
const pageEntry = (name: string) => ({ types: `./${name}.d.ts`, default: `./page/${name}.js` })

/** The first condition that holds counts. Workers call themselves browsers too, and Bun and Deno call themselves Node. */
const publishedExports = {
  '.': {
    workerd: pageEntry('worker'),
    'edge-light': pageEntry('worker'),
    worker: pageEntry('worker'),
    deno: pageEntry('worker'),
    bun: pageEntry('worker'),
    browser: pageEntry('browser'),
    node: entry('node'),
    default: pageEntry('worker'),
  },
  './browser': pageEntry('browser'),
  './worker': pageEntry('worker'),
  './node': entry('node'),
  './compat': entry('compat'),
  './storage': pageEntry('storage'),
  './extras': pageEntry('extras'),
  './package.json': './package.json',
}

if (import.meta.main) buildPackage(process.argv[2] ?? join(root, 'dist'))
