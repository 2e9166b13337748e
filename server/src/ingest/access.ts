/** Who is let in: the inputs that one protocol may find. */
import { MillraceError } from '../errors.ts'
import type { InputDirectory } from '../inputs.ts'
import type { Clock } from './clock.ts'
import type { Access, Protocol } from './protocol.ts'

/** What a protocol, by its name in the catalog, may find of the inputs. */
export function openAccess(
  protocols: Readonly<Record<string, Protocol>>,
  inputs: InputDirectory,
  clock: Clock,
): (type: string) => Access {
  const accesses = new Map(Object.keys(protocols).map((type) => [type, accessOf(type, protocols, inputs, clock)]))
  return (type) => accesses.get(type)!
}

function accessOf(
  type: string,
  protocols: Readonly<Record<string, Protocol>>,
  inputs: InputDirectory,
  clock: Clock,
): Access {
  return {
    get now() {
      return clock.now()
    },
    byKey(key) {
      const input = key === undefined ? undefined : inputs.find(key)
      if (input === undefined) throw unauthenticated()
      if (input.type !== type) throw otherType(protocols[input.type])
      return input
    },
    signingKeys: () => inputs.signingKeys(type),
    inputs: () => inputs.ofType(type),
  }
}

/** Every key that lets nothing in, and none at all, get one answer. */
export function unauthenticated(): MillraceError {
  return new MillraceError('unauthenticated', 'The request has no key of an input that takes events', {
    hint: 'Send the key of an enabled input, as "Authorization: Bearer <key>" where the protocol has no place of its own.',
  })
}

/** Whoever has the key may know what it is good for. */
function otherType(protocol: Protocol | undefined): MillraceError {
  const places = protocol?.routes
    .slice(0, placesShown)
    .map(({ path }) => path)
    .join(', ')
  return new MillraceError('forbidden', `The key is of an input of another type: ${protocol?.title ?? 'another'}`, {
    ...(places ? { hint: `Its events are taken at ${places}. Make an input of the type that is spoken here.` } : {}),
  })
}

/** Some protocols have dozens of paths; the first ones tell which protocol it is. */
const placesShown = 4
