/** Codes of cities become names. */
declare const lookups: { get(table: string, key: string): string | undefined }

export function transform(event: { city?: unknown }) {
  if (typeof event.city === 'string') event.city = lookups.get('cities', event.city) ?? event.city
  return event
}
