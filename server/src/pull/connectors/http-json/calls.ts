/** How many requests a range of days takes, as far as the settings say it: the planner reckons with it before anything is asked. */
import { daysIn } from '../../../days.ts'
import type { DateRange } from '../../connector.ts'
import type { httpJsonSettings, Paging } from './settings.ts'

/** As an operator gave them, without what has a default or is secret. */
type Given = Readonly<Record<string, unknown>>

/**
 * Undefined where only earlier jobs can tell: there are pages, and neither how many records a day has nor how many a page holds is said.
 * A token that has to be fetched first is counted.
 */
export function callsFor(schema: typeof httpJsonSettings, settings: Given, range: DateRange): number | undefined {
  const { paging: pagingShape, recordsPerDay: recordsShape } = schema.shape
  const paging = pagingShape.safeParse(settings['paging']).data
  const recordsPerDay = recordsShape.safeParse(settings['recordsPerDay']).data
  const token = (settings['auth'] as { type?: unknown } | undefined)?.type === 'oauth2' ? 1 : 0
  const pages = paging && pagesFor(paging, recordsPerDay === undefined ? undefined : recordsPerDay * daysIn(range))
  return pages === undefined ? undefined : pages + token
}

function pagesFor(paging: Paging, records: number | undefined): number | undefined {
  if (paging.type === 'none') return 1
  if (records === undefined || paging.size === undefined) return undefined
  const full = Math.ceil(records / paging.size)
  // Numbers and offsets end with a page without records; cursors and links with the last that has some.
  return paging.type === 'page' || paging.type === 'offset' ? full + 1 : Math.max(1, full)
}
