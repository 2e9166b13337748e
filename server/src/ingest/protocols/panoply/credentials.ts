/**
 * What Panoply's SDK is constructed with, made of an input and its key, so that only the key's hash needs to be kept:
 *
 *   API key      {account}/{id of the key}
 *   API secret   base64 of {id of the input}/{key}/{owner}/{region}
 *
 * The SDK posts to https://sqs.{region}.amazonaws.com/{owner}/sdk-{account}-{id of the input}. Neither the base64 of these
 * characters nor the key ever has a `+`, which the SDK would send as a space.
 */
import type { InputSnapshot } from '../../../inputs.ts'

export interface Credentials {
  readonly apiKey: string
  readonly apiSecret: string
}

export function credentialsOf(input: InputSnapshot, key: string): Credentials {
  const secret = [input.id, key, owner, regionOf(input)].join('/')
  return { apiKey: apiKeyOf(input, key), apiSecret: Buffer.from(secret).toString('base64') }
}

/** The input and the key that a secret was made of; undefined where it is none. */
export function readSecret(secret: string): { inputId: string; key: string } | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(secret)) return undefined
  const [inputId, key, ownerOf, region] = Buffer.from(secret, 'base64').toString('latin1').split('/')
  return inputId && key && ownerOf && region ? { inputId, key } : undefined
}

export function apiKeyOf(input: InputSnapshot, key: string): string {
  return `${accountOf(input)}/${key.split('_')[2]}`
}

export function queueOf(input: InputSnapshot): string {
  const known = queues.get(input)
  if (known !== undefined) return known
  const queue = `sdk-${accountOf(input)}-${input.id}`
  queues.set(input, queue)
  return queue
}

/** Each request looks for its queue among all. */
const queues = new WeakMap<InputSnapshot, string>()

function accountOf({ workspace }: InputSnapshot): string {
  return workspace.replace(/[^A-Za-z0-9_-]/g, '-')
}

/**
 * With a domain the SDK posts to https://sqs.{domain}/, the rest of the URL being the query. Without one the URL leads nowhere, so that
 * nobody who forgets to set another sends events and secret to a stranger.
 */
function regionOf({ settings }: InputSnapshot): string {
  const domain = settings['domain'] as string | undefined
  return domain === undefined ? 'millrace' : `${domain}?`
}

/** In the place of an AWS account. */
const owner = 'millrace'
