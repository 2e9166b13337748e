/** Inputs: made, changed, paused and removed (ALOOMA-07 to 11, 68, 69, 72). */
import { z } from 'zod'
import { defaultSleepTime, type InputDraft, openInputNodes } from './input-nodes.ts'
import { restreamNode } from './restream-node.ts'
import { type AloomaParts, anyObject, type On, readBody, refused } from './route.ts'

const name = z.string().trim().min(1).max(200)
const newInput: z.ZodType<InputDraft> = z.object({ name, type: z.string().min(1), configuration: anyObject })
const changedInput = z.object({ name: name.optional(), configuration: anyObject.optional() })

export function inputRoutes(on: On, parts: AloomaParts): void {
  const { kept, port } = parts
  const nodes = openInputNodes(parts)

  for (const path of ['/plumbing/inputs', '/inputs']) {
    on('POST', path, 'inputs:write', ({ caller, query, body }) =>
      nodes.create(caller, readBody(newInput, body), query.get('validate')?.[0] !== 'false'),
    )
  }

  /** By id: the newer client looks inputs up here. */
  on('GET', '/inputs', 'inputs:read', async ({ caller }) => {
    const all = [...(await nodes.list(caller)), await restreamNode(parts, caller)]
    return Object.fromEntries(all.map((node) => [node.id, node]))
  })
  on('GET', '/inputs/:id', 'inputs:read', ({ caller, params }) => nodes.get(caller, params['id']!))
  on('PUT', '/inputs/:id', 'inputs:write', ({ caller, params, body }) =>
    nodes.change(caller, params['id']!, readBody(changedInput, body)),
  )
  on('PUT', '/inputs/:id/pause', 'inputs:write', ({ caller, params, query }) => {
    const pause = query.get('pause')?.[0] ?? 'true'
    if (pause !== 'true' && pause !== 'false') throw refused('pause has to be true or false')
    return nodes.change(caller, params['id']!, { isPaused: pause === 'true' })
  })
  on('POST', '/plumbing/nodes/remove/:id', 'inputs:write', async ({ caller, params }) => {
    await nodes.remove(caller, params['id']!)
    return { id: params['id'] }
  })

  on('GET', '/inputSleepTime/:id', 'inputs:read', async ({ caller, params }) => {
    const { id } = await nodes.get(caller, params['id']!)
    const said = (await kept.get(caller, 'input-sleep-time', id))?.['seconds'] as number | undefined
    const held = await port.sleepTime(caller, id)
    // Told as it was said where that is what holds, rounded up to minutes.
    const isAsSaid = held === undefined || (said !== undefined && Math.ceil(said / 60) * 60 === held)
    return { inputSleepTime: (isAsSaid ? said : held) ?? defaultSleepTime }
  })
  on('PUT', '/inputSleepTime/:id', 'inputs:write', async ({ caller, params, body }) => {
    const { id } = await nodes.get(caller, params['id']!)
    const seconds = readBody(z.coerce.number().positive(), body)
    await port.setSleepTime(caller, id, seconds)
    await kept.put(caller, 'input-sleep-time', id, { seconds })
    return { inputSleepTime: seconds }
  })
}
