/** Holds the two rules of the layout: packages point one way, and stages are strangers. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')

/** What each package may import of the others. */
const packages: Record<string, readonly string[]> = {
  event: [],
  json: ['event'],
  server: ['event', 'json'],
  client: [],
  sdk: [],
  cli: ['event', 'client', 'sdk', 'server'],
}

const stages = ['ingest', 'pull', 'log', 'transform', 'map', 'load', 'restream', 'observe', 'archive', 'control-plane']

/** The files that say how the stages fit together, and so know several. */
const wiring = [
  'main.ts',
  'announcement.ts',
  'archive-host.ts',
  'archive-rpc.ts',
  'archive-thread.ts',
  'arrivals.ts',
  'backfill.ts',
  'backfill-filling.ts',
  'batches.ts',
  'catalog.ts',
  'code-hosting.ts',
  'connector-kit.ts',
  'connector-packages.ts',
  'data-plane.ts',
  'declared-keys.ts',
  'drafts.ts',
  'dry-run.ts',
  'guest-rpc.ts',
  'http.ts',
  'intake.ts',
  'isolation-probing.ts',
  'listening.ts',
  'log-room.ts',
  'logged-batches.ts',
  'lost-log.ts',
  'mapping-commits.ts',
  'outcomes.ts',
  'pipeline.ts',
  'pipeline-host.ts',
  'pipeline-hosting.ts',
  'pipeline-replacement.ts',
  'pipeline-rpc.ts',
  'pipeline-tables.ts',
  'pipeline-thread.ts',
  'pipeline-workspace.ts',
  'replacements.ts',
  'sandboxes.ts',
  'start-workspaces.ts',
  'statistics-file.ts',
  'switched-catalog.ts',
  'test-run.ts',
  'transform-host.ts',
  'transform-thread.ts',
  'transforms-plane.ts',
  'verify.ts',
  'watching.ts',
  'whole-workspace.ts',
  'workspace.ts',
  'workspaces.ts',
]

interface Import {
  readonly file: string
  readonly target: string
}

const files = Object.keys(packages).flatMap((name) =>
  globSync(`${name}/**/*.{ts,tsx}`, { cwd: root }).filter((file) => !/node_modules|\/dist\/|\/assembly\//.test(file)),
)

const imports: Import[] = files.flatMap((file) =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier]) => ({
      file,
      target: resolveSpecifier(file, specifier!),
    }),
  ),
)

/** A specifier as a path from the repo's root, or as it is where it leads out of the repo. */
function resolveSpecifier(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative(root, join(root, dirname(file), specifier))
  const own = /^@millrace\/([^/]+)\/(.+)$/.exec(specifier)
  return own ? `${own[1]}/src/${own[2]}.ts` : specifier
}

const packageOf = (path: string) => path.split('/')[0]!
const isTest = (file: string) => /\.(test|suite)\.ts$|fake|sim-disk/.test(file)

describe('packages', () => {
  it('point one way', () => {
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [packageOf(file), packageOf(target)]
      return to in packages && from !== to && !packages[from]!.includes(to)
    })
    expect(wrong).toEqual([])
  })

  it('take the server into the command line only when a server is started or a stopped folder is opened', () => {
    const eager = files
      .filter((file) => file.startsWith('cli/') && !isTest(file))
      .flatMap((file) =>
        [...readFileSync(join(root, file), 'utf8').matchAll(/^import (?!type\b).*'@millrace\/server\/(.+)'/gm)].map(
          ([, name]) => `${file} -> ${name}`,
        ),
      )
      .filter((line) => !/-> (config|errors|log\/files\/.+)$/.test(line))
    expect(eager).toEqual([])
  })
})

describe('stages', () => {
  it('are strangers: none imports another', () => {
    const stageOf = (path: string) => {
      const [, name] = /^server\/src\/([^/]+)\//.exec(path) ?? []
      return name !== undefined && stages.includes(name) ? name : undefined
    }
    const wrong = imports.filter(({ file, target }) => {
      const [from, to] = [stageOf(file), stageOf(target)]
      return from !== undefined && to !== undefined && from !== to && !isTest(file)
    })
    expect(wrong).toEqual([])
  })

  it('do not know how they are wired', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        /^server\/src\/[^/]+\//.test(file) && !isTest(file) && wiring.some((name) => target === `server/src/${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('are known at the root of the server only to the files that wire them', () => {
    const wrong = imports.filter(
      ({ file, target }) =>
        /^server\/src\/[^/]+\.ts$/.test(file) &&
        !isTest(file) &&
        !wiring.includes(file.slice('server/src/'.length)) &&
        /^server\/src\/[^/]+\//.test(target),
    )
    expect(wrong).toEqual([])
  })
})

describe('modules', () => {
  it('form no cycle, types included', () => {
    const graph = Map.groupBy(imports, ({ file }) => file)
    const done = new Set<string>()
    const cycles: string[] = []
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
      else if (!done.has(file)) for (const { target } of graph.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(cycles).toEqual([])
  })
})
