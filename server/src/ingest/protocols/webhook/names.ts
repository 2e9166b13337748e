/** Where a webhook's sender names the type of its events, and the delivery, which is the same when it is sent again. */
import { isEventType } from '@millrace/event/event'
import { limits } from '@millrace/event/limits'
import { openMemberFinder } from '@millrace/json/members'
import { OPEN_BRACE, QUOTE } from '@millrace/json/tokens'
import { decodeString } from '@millrace/json/walk'
import type { DecodedEvents, RequestHead } from '../../protocol.ts'
import type { WebhookSettings } from './settings.ts'
import { standardHeaders, textOf } from './signatures.ts'

type Style = WebhookSettings['signature']

/** In the words of the setting `eventTypeFrom`; the first that names one counts. */
const typePlaces: Readonly<Partial<Record<Style, readonly string[]>>> = {
  'standard-webhooks': ['body:type'],
  github: ['header:x-github-event'],
  stripe: ['body:type'],
  shopify: ['header:x-shopify-topic'],
  slack: ['body:event.type', 'body:type'],
}

const deliveryPlaces: Readonly<Partial<Record<Style, string>>> = {
  github: 'header:x-github-delivery',
  stripe: 'body:id',
  shopify: 'header:x-shopify-webhook-id',
  slack: 'body:event_id',
}

/** The delivery that a request is; undefined where its sender does not say. */
export function deliveryOf({ headers }: RequestHead, events: DecodedEvents, style: Style): string | undefined {
  if (style === 'standard-webhooks') return standardHeaders(headers)[0]
  const place = deliveryPlaces[style]
  return place === undefined ? undefined : namesAt(place, headers, events)?.[0]
}

/** The events, each under the type that it names; `webhook` where it names none that is one. */
export function withTypes(
  { headers }: RequestHead,
  events: DecodedEvents,
  { signature, eventTypeFrom }: Pick<WebhookSettings, 'signature' | 'eventTypeFrom'>,
): DecodedEvents {
  const places = eventTypeFrom === undefined ? typePlaces[signature] : [eventTypeFrom]
  if (places === undefined) return events
  const found = places.map((place) => namesAt(place, headers, events))
  const [fallback] = events.types
  const types: string[] = []
  const typeIndex = Array.from(events.starts, (_, index) => {
    const name = found.map((names) => names[index]).find((each) => each !== undefined && isEventType(each)) ?? fallback!
    const known = types.indexOf(name)
    return known >= 0 ? known : types.push(name) - 1
  })
  return { ...events, types: types.length === 0 ? events.types : types, ...(types.length > 1 ? { typeIndex } : {}) }
}

/** Of each event. */
function namesAt(place: string, headers: RequestHead['headers'], events: DecodedEvents): (string | undefined)[] {
  const name = place.slice(place.indexOf(':') + 1)
  if (place.startsWith('header:'))
    return new Array(events.starts.length).fill(textOf(headers, name.toLowerCase())?.trim())
  return textsAt(events, name.split('.'))
}

function textsAt(
  { starts, ends, faults = [], payload }: DecodedEvents,
  path: readonly string[],
): (string | undefined)[] {
  const faulty = new Set(faults.map(({ index }) => index))
  let places = Array.from(starts, (start, index) => [faulty.has(index) ? 0 : start, ends[index]!] as const)
  let objects = places.map((_, index) => !faulty.has(index))
  for (const key of path) {
    const finder = openMemberFinder([key])
    places = places.map(([start, end], index) => {
      if (!objects[index]) return [0, 0]
      const [valueStart, valueEnd] = finder.find(payload, Uint32Array.of(start), Uint32Array.of(end))
      return [valueStart!, valueEnd!]
    })
    objects = places.map(([start, end]) => end !== 0 && payload[start] === OPEN_BRACE)
  }
  return places.map(([start, end]) => {
    const isText = end !== 0 && payload[start] === QUOTE && end - start <= tokenBytesMax
    return isText ? decodeString(payload, start, end).trim() : undefined
  })
}

/** A name of 128 characters, each written in two escapes, and its quotes. */
const tokenBytesMax = limits.eventTypeCharsMax * 12 + 2
