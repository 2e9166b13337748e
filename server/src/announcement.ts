/** What a user is told at the start: what is used, where it is, how to begin. */
import type { Config } from './config.ts'
import type { Bootstrapped } from './control-plane/bootstrap.ts'

interface Started {
  readonly config: Config
  /** The data folder, absolute. */
  readonly folder: string
  readonly url: string
  readonly created: Bootstrapped
}

/** Lines for standard output; the last is the ready line that scripts wait for. */
export function announcement({ config, folder, url, created }: Started): string[] {
  return [
    'Millrace',
    `  log          files in ${folder}`,
    '  store        SQLite in the same folder',
    '  destination  DuckDB in the same folder, a file for each workspace',
    `  API          ${url}/api/v1, described at ${url}/api/v1/openapi.json`,
    ...firstUser(config, created),
    ...firstEvent(url, created),
    '',
    `Millrace is ready at ${url}`,
  ]
}

function firstUser({ adminEmail }: Config, { createdPassword }: Bootstrapped): string[] {
  return createdPassword === undefined
    ? []
    : ['', `  first user   ${adminEmail}`, `  password     ${createdPassword} (shown this once)`]
}

function firstEvent(url: string, { createdIngestKey }: Bootstrapped): string[] {
  if (createdIngestKey === undefined) return []
  return [
    '',
    'Send a first event:',
    '',
    `  curl ${url}/api/v1/events/signup -H 'Authorization: Bearer ${createdIngestKey}' \\`,
    `    -H 'Content-Type: application/json' -d '{"user":{"name":"Ada","since":"2026-01-31"},"plan":"pro","seats":3}'`,
    '',
    'and ask for it, in another terminal:',
    '',
    "  npm run --silent millrace -- query 'SELECT user_name, user_since, plan, seats FROM signup'",
  ]
}
