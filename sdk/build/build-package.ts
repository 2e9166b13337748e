/**
 * Writes the package as it is published: JavaScript with declarations, as Node strips no types below `node_modules`. In the repo
 * itself nothing is compiled, so the published `exports` stand here and not in `package.json`.
 *
 *   node sdk/build/build-package.ts [folder], then `npm pack` or `npm publish` of that folder; sdk/dist by default
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')

export function buildPackage(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  const compiler = join(root, '..', 'node_modules', '.bin', 'tsc')
  execFileSync(compiler, ['-p', join(root, 'tsconfig.pack.json'), '--outDir', folder], { stdio: 'inherit' })
  const { name, version, description, type, license, sideEffects, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Record<string, unknown>
  const published = { name, version, description, type, license, sideEffects, engines, exports: publishedExports }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
  copyFileSync(join(root, '..', 'LICENSE'), join(folder, 'LICENSE'))
  const readme = join(root, 'README.md')
  if (existsSync(readme)) copyFileSync(readme, join(folder, 'README.md'))
}

const entry = (name: string) => ({ types: `./${name}.d.ts`, default: `./${name}.js` })

/** The first condition that holds counts. Workers call themselves browsers too, and Bun and Deno call themselves Node. */
const publishedExports = {
  '.': {
    workerd: entry('worker'),
    'edge-light': entry('worker'),
    worker: entry('worker'),
    deno: entry('worker'),
    bun: entry('worker'),
    browser: entry('browser'),
    node: entry('node'),
    default: entry('worker'),
  },
  './browser': entry('browser'),
  './worker': entry('worker'),
  './node': entry('node'),
  './compat': entry('compat'),
  './storage': entry('storage'),
  './extras': entry('extras'),
  './package.json': './package.json',
}

if (import.meta.main) buildPackage(process.argv[2] ?? join(root, 'dist'))
