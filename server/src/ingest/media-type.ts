/** Which form a body has, by its Content-Type. Parameters do not count: JSON is UTF-8, and the scanner proves it. */
import type { BodyForm } from '@millrace/json/records'

const forms: ReadonlyMap<string, BodyForm> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['application/x-jsonlines', 'ndjson'],
])

export const formMediaTypes = [...forms.keys()]

/** `text/plain; charset=utf-8` → `text/plain`; an absent header → nothing. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()
}

export function formOf(contentType: string | undefined): BodyForm | undefined {
  // Most clients write it as it stands here.
  return forms.get(contentType ?? '') ?? forms.get(mediaTypeOf(contentType))
}
