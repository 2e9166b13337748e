/** The code engine (ALOOMA-31 to 36, 39, 40, 74): modules of Python, of which `main` is called with each event. */
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import type { Caller } from '../../operations/operation.ts'
import type { CodeModule } from './alooma-port.ts'
import { faultOf, lineCount } from './code-faults.ts'
import { defaultCode, mainModule, openCodeModules } from './code-modules.ts'
import { type AloomaParts, type On, readBody, refused } from './route.ts'

/** Of one module. */
const linesMax = 10_000

export const snippet = z.object({
  functionName: z.string().optional(),
  code: z.string(),
  language: z.string().default('PYTHON'),
})
export const snippets = z.array(snippet.required({ functionName: true }))

export function transformRoutes(on: On, parts: AloomaParts): void {
  const { port } = parts
  const modules = openCodeModules(parts)
  const put = (caller: Caller, given: readonly z.output<typeof snippet>[]) =>
    told(modules.put(caller, given.map(readModule)))

  on('GET', '/transform/functions', 'transforms:read', async ({ caller }) =>
    (await modules.list(caller)).map(snippetOf),
  )
  on('GET', '/transform/functions/:name', 'transforms:read', async ({ caller, params }) =>
    snippetOf(await modules.get(caller, params['name']!)),
  )
  on('GET', '/transform/defaults', 'transforms:read', () => ({ PYTHON: defaultCode }))
  on('POST', '/transform/functions/:name', 'transforms:write', async ({ caller, params, body }) => {
    const given = { ...readBody(snippet, body), functionName: params['name']! }
    await put(caller, [given])
    return given
  })
  on('DELETE', '/transform/functions/:name', 'transforms:write', async ({ caller, params }) => {
    await told(modules.delete(caller, params['name']!))
    return { functionName: params['name'] }
  })
  on('POST', '/transform/v2/functions', 'transforms:write', async ({ caller, body }) => {
    const given = readBody(snippets, body)
    await put(caller, given)
    return given
  })

  /** Packages beyond Python's own: users' code has none. */
  on('GET', '/code-engine/requirements', 'transforms:read', () => [])

  on('GET', '/secrets', 'transforms:read', ({ caller }) => port.secrets(caller))
  on('PUT', '/secrets', 'transforms:write', async ({ caller, body }) => {
    const secrets = readBody(z.record(z.string().min(1), z.union([z.string(), z.number(), z.boolean()])), body)
    await port.putSecrets(
      caller,
      Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, String(value)])),
    )
    return Object.keys(secrets)
  })
  on('DELETE', '/secrets/:name', 'transforms:write', async ({ caller, params }) => {
    await port.deleteSecret(caller, params['name']!)
    return undefined
  })
}

/** @throws MillraceError `invalid_request`. */
export function readModule({ functionName: name = mainModule, code, language }: z.output<typeof snippet>): CodeModule {
  if (name === 'run') throw refused('A module cannot be named run')
  if (language.toUpperCase() !== 'PYTHON') throw refused(`The language is PYTHON, not ${language}`)
  const lines = lineCount(code)
  if (lines > linesMax) throw refused(`The module ${name} has ${lines} lines: ${linesMax} at most`)
  return { name, code, language: 'python' }
}

function snippetOf({ name, code, language }: CodeModule) {
  return { functionName: name, code, language: language.toUpperCase() }
}

/** Code that is wrong is 400 in this protocol. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'invalid_code') throw refused(faultOf(error))
    throw error
  }
}
