/**
 * What users run: the SDKs as packages of JavaScript, ours built as it is published, and a program of JavaScript around them. Node
 * that strips types at its start takes 40 MB more, which would be told of whoever is measured.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { buildPackage } from '../sdk/build/build-package.ts'

const packages = ['@segment/analytics-node', 'posthog-node', '@snowplow/node-tracker', 'mixpanel']

export interface BuiltPrograms {
  /** The script of a process of a benchmark. */
  pathOf(name: string): string
  remove(): void
}

/** Builds processes of benchmarks in a folder of their own. */
export async function buildPrograms(names: readonly string[]): Promise<BuiltPrograms> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sdk-programs-'))
  buildPackage(join(folder, 'node_modules', '@millrace', 'sdk'))
  for (const name of packages) {
    const link = join(folder, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(join(import.meta.dirname, '..', 'node_modules', name), link)
  }
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, 'processes', `${name}.ts`)),
    outdir: folder,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  return {
    pathOf: (name) => join(folder, `${name}.js`),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
