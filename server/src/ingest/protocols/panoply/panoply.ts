/**
 * The wire format of Panoply's Python SDK: batches as messages to a queue of SQS's form. The SDK never sends a batch again, so
 * whatever can be kept is kept, and unreadable records cost only themselves.
 */
import { z } from 'zod'
import { MillraceError } from '../../../errors.ts'
import { type InputSnapshot, inputSettings } from '../../../inputs.ts'
import { isSameSecret } from '../../../same-secret.ts'
import { unauthenticated } from '../../access.ts'
import { mediaTypeOf } from '../../media-type.ts'
import type { Access, Protocol, RequestHead } from '../../protocol.ts'
import { plainReceiptOf, receiptOf, refusalOf } from './answers.ts'
import { apiKeyOf, credentialsOf, queueOf, readSecret } from './credentials.ts'
import type { SendMessage } from './form.ts'
import { messageEventsMax, openMessage } from './message.ts'

export const panoply: Protocol = {
  title: 'Panoply',
  settings: inputSettings({
    domain: z
      .string()
      .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?$/, 'Not a domain, or a domain and a port')
      .optional()
      .describe('Makes the unmodified SDK post to https://sqs.DOMAIN[:PORT]/, which has to lead here'),
  }),
  keys: 'named',
  credentials: (input, key) => ({ ...credentialsOf(input, key) }),
  routes: [
    { methods: ['POST'], path: '/:owner/:queue(^sdk-.+$)', accepts: () => true },
    { methods: ['POST'], path: '/', accepts: isForm },
    { methods: ['POST'], path: '/panoply' },
    { methods: ['POST'], path: '/panoply/:owner/:queue' },
  ],
  requestEventsMax: messageEventsMax,
  requestBytesMax: 16 * 1024 * 1024, // encoded, which is more than what it becomes
  authenticate: () => undefined, // the credentials are in the body
  decode(request) {
    const message = openMessage(request)
    const input = findSender(request.access, queueIn(request), message.attributes)
    const text = message.read()
    const isBlind = isBlindSdk(request, message.attributes)
    const receipt = isBlind ? plainReceiptOf(text) : receiptOf(text, message.attributes)
    return { ...message.events(), input, reply: () => receipt }
  },
  reply: () => ({ status: 200, headers: {}, body: '' }),
  refuse: (error, requestId = '') => refusalOf(error, requestId),
}

/** Panoply's own SDK, whose HTTP is Python's urllib: it looks at the status alone, and digests would cost as much as all the rest. */
function isBlindSdk({ headers }: RequestHead, attributes: Attributes): boolean {
  const isSdk = attributes.get('sdk')?.text.startsWith('panoply-python-sdk-') ?? false
  return isSdk && (headers['user-agent'] ?? '').startsWith('Python-urllib/')
}

type Attributes = SendMessage['attributes']

function isForm({ headers }: RequestHead): boolean {
  return mediaTypeOf(headers['content-type']) === 'application/x-www-form-urlencoded'
}

/** In the path, in the query where the region ended in `?`, or nowhere where it ended in `#`. */
function queueIn({ params, query }: RequestHead): string | undefined {
  return params['queue'] ?? /\/(sdk-[^/&?]+)\/?$/.exec(query)?.[1]
}

/** @throws MillraceError `not_found`: there is no such queue; `unauthenticated`, `forbidden`: key or secret are not those of its input. */
function findSender(access: Access, queue: string | undefined, attributes: Attributes): InputSnapshot {
  const isKnown = queue === undefined || access.inputs().some((input) => queueOf(input) === queue)
  if (!isKnown) throw new MillraceError('not_found', 'The queue does not exist')
  const secret = secretIn(attributes)
  if (secret === undefined) throw unauthenticated()
  const input = access.byKey(secret.key)
  const isItsOwn = input.id === secret.inputId && (queue === undefined || queueOf(input) === queue)
  const apiKey = Buffer.from(attributes.get('key')?.text ?? '')
  if (!isItsOwn || !isSameSecret(apiKey, Buffer.from(apiKeyOf(input, secret.key)))) throw unauthenticated()
  return input
}

type Secret = NonNullable<ReturnType<typeof readSecret>>

/** Of attributes that were read once for many messages. */
const secrets = new WeakMap<Attributes, Secret>()

function secretIn(attributes: Attributes): Secret | undefined {
  const known = secrets.get(attributes)
  if (known !== undefined) return known
  const secret = readSecret((attributes.get('secret')?.text ?? '').replaceAll(' ', '+'))
  if (secret !== undefined) secrets.set(attributes, secret)
  return secret
}
