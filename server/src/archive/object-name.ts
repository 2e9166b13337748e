/**
 * What objects are called: `<workspace>/<input>/<yyyy>/<mm>/<dd>/<hh>/<first>-<end>-<log>.ndjson.gz`. The hour is that of receipt, UTC.
 * The offsets, of 20 digits, are those of the first event and behind the last one; `log` begins the id of the log that they are of, so
 * that another server, or this one begun anew, never writes over them.
 */

export interface NameParts {
  readonly workspace: string
  /** Label of an input. */
  readonly input: string
  /** ms since 1970 UTC. */
  readonly receivedAt: number
}

const logIdChars = 8

/** Of all objects of an input and an hour; ends with a slash. */
export function folderOf({ workspace, input, receivedAt }: NameParts): string {
  const [, year, month, day, hour] = /^(\d+)-(\d\d)-(\d\d)T(\d\d)/.exec(new Date(receivedAt).toISOString()) ?? []
  return [workspace, input].map(safe).concat(year!, month!, day!, hour!, '').join('/')
}

export function fileOf(first: bigint, end: bigint, logId: string): string {
  return `${digits(first)}-${digits(end)}-${logId.slice(0, logIdChars)}.ndjson.gz`
}

/** As a folder is called anywhere: other characters as %XX, as they are in addresses. */
function safe(name: string): string {
  const text = encodeURIComponent(name.toWellFormed()).replace(/[!'()*~]/g, percent)
  return /^\.*$/.test(text) ? text.replaceAll('.', '%2E') || '%' : text
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`
}

function digits(offset: bigint): string {
  return offset.toString().padStart(20, '0')
}
