/** `/settings` */
import { z } from 'zod'
import { mappingModes } from '../../mappings.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { inWorkspace, label } from './schemas.ts'
import { settings as transformSettings } from './transform-schemas.ts'

const mappingMode = z.enum(mappingModes).describe('Of event types that have none of their own')
const settings = z
  .object({
    name: z.string(),
    mappingMode,
    transforms: transformSettings,
    restreamLimits: z
      .object({ eventsMax: z.number().int(), bytesMax: z.number().int() })
      .describe('How much may wait in the restream queue. Set by the config of the server'),
  })
  .meta({ id: 'WorkspaceSettings' })
const querystring = z.strictObject(inWorkspace)
const tags = ['settings']

export function workspaceSettingsRoutes(app: Api, settingsOf: Operations['settings']): void {
  app.get(
    '/settings',
    {
      config: { permission: settingsOf.get.permission },
      schema: {
        operationId: 'getSettings',
        tags,
        summary: 'What the workspace is set to as a whole',
        querystring,
        response: { 200: settings },
      },
    },
    ({ caller }) => settingsOf.get(caller),
  )
  app.patch(
    '/settings',
    {
      config: { permission: settingsOf.update.permission },
      schema: {
        operationId: 'updateSettings',
        tags,
        summary: 'Changes what is given, all of it or nothing',
        querystring,
        body: z.strictObject({ name: label.optional(), mappingMode: mappingMode.optional() }),
        response: { 200: settings },
      },
    },
    ({ caller, body }) => settingsOf.update(caller, body),
  )
}
