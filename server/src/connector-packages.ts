/**
 * Connectors in packages of their own. Nothing is loaded but what an operator names (MILLRACE_CONNECTORS): a connector runs in the
 * server's process, with all that it may do.
 */
import { readFile } from 'node:fs/promises'
import { createRequire, registerHooks } from 'node:module'
import { isAbsolute, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { MillraceError } from './errors.ts'
import type { Connector } from './pull/connector.ts'
import { secretPaths } from './settings.ts'

const kitName = '@millrace/server/connector-kit'
const kitUrl = new URL('./connector-kit.ts', import.meta.url).href

const schema = z.custom<z.ZodObject>((value) => typeOf(value) === 'object', 'it must be z.object(…) of the kit')
const callable = z.custom<Connector['read']>((value) => typeof value === 'function', 'it must be a function')

const connectorShape = z.object({
  title: z.string().regex(/\S/, 'it must say something'),
  icon: z
    .string()
    .regex(/^data:image\//, 'it must be a data URL of an image')
    .optional(),
  settings: schema,
  state: schema,
  isByDate: z.boolean(),
  read: callable,
  callsFor: callable.optional(),
  discover: callable.optional(),
})

const moduleShape = z.object({
  connectors: z.record(
    z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'a name has small letters, digits and hyphens'),
    connectorShape,
  ),
})

/**
 * Those of packages, by their names in the catalog. `names`: of packages as they are installed beside `folder`, or paths of their folders.
 * @throws MillraceError `invalid_request`: there is none of that name, it cannot be loaded, or what it exports are no connectors.
 */
export async function loadConnectors(names: readonly string[], folder: string): Promise<Record<string, Connector>> {
  const all: Record<string, Connector> = {}
  for (const name of names) {
    for (const [key, connector] of Object.entries(await loadPackage(name, folder))) {
      if (Object.hasOwn(all, key)) throw unusable(name, `another package has a connector ${JSON.stringify(key)} too`)
      all[key] = connector
    }
  }
  return all
}

async function loadPackage(name: string, folder: string): Promise<Record<string, Connector>> {
  giveKit()
  const entry = await entryOf(name, folder)
  const module: unknown = await import(pathToFileURL(entry).href).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException
    const hint =
      code === 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING'
        ? 'Node runs no TypeScript below node_modules: name the folder of the package instead, or link it (npm install ./folder).'
        : undefined
    throw unusable(name, (cause as Error).message, { cause, ...(hint && { hint }) })
  })
  const parsed = moduleShape.safeParse(module)
  if (!parsed.success) {
    const [{ path, message } = { path: [], message: '' }] = parsed.error.issues
    throw unusable(name, `${path.join('.') || 'connectors'}: ${message}`, {
      hint: 'A package exports `connectors`, an object of what defineConnector gives.',
    })
  }
  // As they were exported: parsing would lose what methods belong to.
  const { connectors } = module as { connectors: Record<string, Connector> }
  for (const [key, { settings, state }] of Object.entries(connectors)) {
    if (!state.safeParse({}).success)
      throw unusable(name, `${key}.state: it must take {}, from which the first run begins`)
    if (secretPaths(settings).some(([first]) => first === undefined))
      throw unusable(name, `${key}.settings: secrets must be members`)
  }
  return connectors
}

let isGiven = false

/** From now on the kit is the one of this server, wherever a package lies. */
function giveKit(): void {
  if (isGiven) return
  isGiven = true
  registerHooks({
    resolve: (specifier, context, next) => next(specifier === kitName ? kitUrl : specifier, context),
  })
}

async function entryOf(name: string, folder: string): Promise<string> {
  try {
    if (!isAbsolute(name) && !/^\.{1,2}(\/|$)/.test(name))
      return createRequire(join(folder, 'package.json')).resolve(name)
    const place = resolve(folder, name)
    const file = join(place, 'package.json')
    const about = JSON.parse(await readFile(file, 'utf8')) as { name?: unknown; exports?: unknown }
    const own = typeof about.name === 'string' && about.exports !== undefined ? about.name : place
    return createRequire(file).resolve(own)
  } catch (cause) {
    throw unusable(name, `there is no such package (looked for from ${folder} on)`, {
      cause,
      hint: 'Install it there, or give the path of its folder; its package.json needs `exports` or `main`.',
    })
  }
}

function unusable(name: string, why: string, details: { cause?: unknown; hint?: string } = {}): MillraceError {
  return new MillraceError(
    'invalid_request',
    `The connectors of ${JSON.stringify(name)} cannot be used: ${why}`,
    details,
  )
}

/** Of a schema of any copy of zod 4. */
function typeOf(value: unknown): unknown {
  return (value as { _zod?: { def?: { type?: unknown } } } | null | undefined)?._zod?.def?.type
}
