/** Names of tables as settings have them: with a schema or without, in quotes where they have dots or quotes. */

/** `orders`, `sales.orders`, `"a.b"."c""d"`: exactly these letters. Undefined where it is no such name. */
export function parseName(text: string): { schema: string | undefined; name: string } | undefined {
  const part = '("(?:[^"]|"")+"|[^".]+)'
  const [all, first, second] = new RegExp(`^${part}(?:\\.${part})?$`).exec(text) ?? []
  if (all === undefined || first === undefined) return undefined
  return second === undefined ? { schema: undefined, name: bare(first) } : { schema: bare(first), name: bare(second) }
}

/** What `parseName` reads. */
export function writeName(schema: string, name: string): string {
  return [schema, name].map((part) => (/[".]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.')
}

function bare(part: string): string {
  return part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
}
