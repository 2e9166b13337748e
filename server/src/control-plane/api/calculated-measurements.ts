/** `/calculated-measurements` */
import { z } from 'zod'
import type { Cursors } from '../cursors.ts'
import type { Operations } from '../operations/operations.ts'
import type { Api } from './app.ts'
import { id, inWorkspace } from './schemas.ts'
import { semanticObjectRoutes } from './semantic-objects.ts'
import { calculated, calculatedFields, calculatedSql } from './semantic-shapes.ts'

export function calculatedMeasurementRoutes(
  app: Api,
  measurements: Operations['calculatedMeasurements'],
  cursors: Cursors,
): void {
  const { name, formula, tables } = calculatedFields
  semanticObjectRoutes(app, measurements, cursors, {
    path: '/calculated-measurements',
    noun: 'CalculatedMeasurement',
    one: 'a calculated measurement',
    many: 'calculated measurements',
    draft: z.strictObject({ name, formula, tables: tables.default(null) }),
    change: z.strictObject(calculatedFields).partial(),
    shown: calculated,
  })
  app.get(
    '/calculated-measurements/:id/sql',
    {
      config: { permission: measurements.sql.permission },
      schema: {
        operationId: 'getCalculatedMeasurementSql',
        tags: ['calculated-measurements'],
        summary: 'How a calculated measurement is asked for in SQL, in each table that has it',
        params: z.strictObject({ id }),
        querystring: z.strictObject(inWorkspace),
        response: { 200: calculatedSql },
      },
    },
    async ({ caller, params }) => ({ items: await measurements.sql(caller, params.id) }),
  )
}
