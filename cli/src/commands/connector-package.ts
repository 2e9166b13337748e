/** Finds connectors by what somebody calls them on the command line: a package, its folder, or one that comes along. */
import type { Connector } from '@millrace/server/connector-kit'
import { usageError } from '../failure.ts'
import type { World } from '../world.ts'

/** @throws CommandError, and MillraceError `invalid_request`: there is none, or it is none. */
export async function findConnector(world: World, place: string, name: string | undefined): Promise<Connector> {
  const { catalogWith } = await import('@millrace/server/catalog')
  const { connectors } = catalogWith({}, world.env['MILLRACE_SINGER_TAPS'] ?? '')
  if (Object.hasOwn(connectors, place)) return connectors[place]!
  const own = await connectorsOf(world, place)
  const names = Object.keys(own)
  const wanted = name ?? (names.length === 1 ? names[0] : undefined)
  if (wanted !== undefined && Object.hasOwn(own, wanted)) return own[wanted]!
  const said = name === undefined ? 'has more than one connector' : `has no connector ${JSON.stringify(name)}`
  throw usageError(`${place} ${said}`, `Name one with --connector: ${names.join(', ')}.`)
}

/** Those of a package, by name. */
export async function connectorsOf({ cwd }: World, place: string): Promise<Record<string, Connector>> {
  const { loadConnectors } = await import('@millrace/server/connector-packages')
  return loadConnectors([place], cwd)
}
