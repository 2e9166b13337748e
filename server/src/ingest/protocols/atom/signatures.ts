/**
 * Whose events a request's are: senders sign with a key that never travels, so each key is tried, the one first that signed for the
 * stream before. Unsigned events are of an input that asks for no signature.
 */
import { createHmac } from 'node:crypto'
import type { InputSnapshot, SigningKey } from '../../../inputs.ts'
import { isSameSecret } from '../../../same-secret.ts'
import { unauthenticated } from '../../access.ts'
import type { Access } from '../../protocol.ts'
import type { Envelope } from './envelope.ts'
import { hmacWithRoom } from './hmac.ts'

export interface AtomSettings {
  readonly requireAuth: boolean
  readonly streams?: readonly string[]
  readonly dropRepeatedBulks: boolean
}

export function settingsOf({ settings }: InputSnapshot): AtomSettings {
  return settings as unknown as AtomSettings
}

/** @throws MillraceError `unauthenticated`: wrong or missing signature, or a stream that the input does not take. */
export type FindSigner = (access: Access, envelope: SignedText) => InputSnapshot

type SignedText = Pick<Envelope, 'table' | 'data' | 'auth' | 'isHeld'>

export function openSigners(): FindSigner {
  /** Ids of inputs, by stream. */
  const lastOf = new Map<string, string>()

  return (access, { table, data, auth, isHeld }) => {
    if (auth === undefined) return unsignedOf(access, table)
    if (!/^[0-9a-f]{64}$/.test(auth)) throw unauthenticated()
    const signature = Buffer.from(auth, 'hex')
    const last = lastOf.get(table)
    const keys = access.signingKeys()
    const hmacOf = isHeld ? hmacWithRoom : hmac
    const signs = ({ text }: SigningKey) => isSameSecret(signature, hmacOf(text, data))
    const likely = keys.find(({ input }) => input.id === last)
    const key = likely !== undefined && signs(likely) ? likely : keys.find((key) => key !== likely && signs(key))
    if (key === undefined || !takes(key.input, table)) throw unauthenticated()
    if (last !== key.input.id) {
      if (lastOf.size >= streamsMax) lastOf.clear()
      lastOf.set(table, key.input.id)
    }
    return key.input
  }
}

function hmac(key: string, data: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(data).digest()
}

function unsignedOf(access: Access, table: string): InputSnapshot {
  const found = access.inputs().find((input) => !settingsOf(input).requireAuth && takes(input, table))
  if (found === undefined) throw unauthenticated()
  return found
}

function takes(input: InputSnapshot, table: string): boolean {
  return settingsOf(input).streams?.includes(table) ?? true
}

/** Streams remembered; more than anybody has, so that strangers' names cost no memory. */
const streamsMax = 10_000
