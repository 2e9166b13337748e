/** What a workspace did, minute by minute. */
import { MillraceError } from '../../errors.ts'
import { type MetricsRequest, metricDaysMax } from '../../minute-metrics.ts'
import type { DataPlane } from '../data-plane.ts'
import { operation } from './operation.ts'

const minuteMs = 60_000
const valuesMax = 100_000

export function metricOperations(dataPlane: Pick<DataPlane, 'observations'>, now: () => number) {
  return {
    /** Of each name, in that order. @throws MillraceError `invalid_request`: that would be too many values, or too long ago. */
    read: operation('metrics:read', async (caller, request: MetricsRequest) => {
      const { names, from, resolutionMinutes } = request
      const minutes = (now() - from) / minuteMs
      if (minutes > metricDaysMax * 24 * 60 + 1) throw tooEarly()
      if ((names.length * minutes) / resolutionMinutes > valuesMax) throw tooMany()
      return dataPlane.observations(caller.workspace).metrics(request)
    }),
  }
}

function tooEarly(): MillraceError {
  const message = `Metrics are kept for ${metricDaysMax} days`
  return new MillraceError('invalid_request', message, { fields: [{ field: 'from', message }] })
}

function tooMany(): MillraceError {
  const message = `That would be more than ${valuesMax} values`
  return new MillraceError('invalid_request', message, {
    fields: [{ field: 'resolutionMinutes', message }],
    hint: 'Ask for fewer names, a later begin, or longer intervals.',
  })
}
