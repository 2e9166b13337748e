/** What an operator sets of a webhook: how its sender signs, and where it names its events. */
import { z } from 'zod'
import { type InputSnapshot, inputSettings } from '../../../inputs.ts'
import { secret } from '../../../settings.ts'

export const signatureStyles = ['none', 'standard-webhooks', 'github', 'stripe', 'shopify', 'slack', 'custom'] as const

export const webhookSettings = inputSettings({
  signature: z.enum(signatureStyles).default('none').describe('How the sender signs; what is not signed so is refused'),
  signingSecret: secret('The secret that the sender signs with, as it was shown there').optional(),
  signingSecretBefore: secret('The secret of before, taken too while the sender changes to another').optional(),
  toleranceSeconds: z.int().min(1).max(86_400).default(300).describe('How old a signed time may be, in seconds'),
  eventTypeFrom: z
    .string()
    .regex(/^(?:header:[A-Za-z0-9-]+|body:.+)$/)
    .optional()
    .describe(
      'Where the event type is named, unless the path names one: "header:X-Event", "body:type", "body:event.type"',
    ),
  signatureHeader: z.string().min(1).optional().describe('Custom: the header with the signature'),
  signatureAlgorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256').describe('Custom: the hash of the HMAC'),
  signatureEncoding: z.enum(['hex', 'base64']).default('hex').describe('Custom: how the signature is written'),
  signaturePrefix: z.string().default('').describe('Custom: what stands before the signature'),
  signedContent: z
    .string()
    .default('{body}')
    .refine((template) => template.split('{body}').length === 2, 'has to have {body} once')
    .describe('Custom: what is signed, of {body} and {timestamp}'),
  timestampHeader: z.string().min(1).optional().describe('Custom: the header with the time, in seconds since 1970'),
}).superRefine((settings, context) => {
  const { signature, signingSecret, signingSecretBefore, signatureHeader, signedContent, timestampHeader } = settings
  const refuse = (name: string, message: string) => context.addIssue({ code: 'custom', path: [name], message })
  if (signature === 'none') return
  if (signingSecret === undefined) refuse('signingSecret', 'is needed where the sender signs')
  if (signature === 'standard-webhooks')
    for (const [name, text] of Object.entries({ signingSecret, signingSecretBefore }))
      if (text !== undefined && !standardSecret.test(text)) refuse(name, 'has to be base64, perhaps behind "whsec_"')
  if (signature !== 'custom') return
  if (signatureHeader === undefined) refuse('signatureHeader', 'is needed where the signature is custom')
  if (signedContent.includes('{timestamp}') && timestampHeader === undefined)
    refuse('timestampHeader', 'is needed where the time is signed')
})

export type WebhookSettings = z.output<typeof webhookSettings>

/** What a snapshot does not say is as the schema has it: then nothing is signed. */
export function settingsOf({ settings }: InputSnapshot): WebhookSettings {
  return { ...defaults, ...settings }
}

const defaults = webhookSettings.parse({})

/** Standard Webhooks: the key is what the base64 stands for. */
const standardSecret = /^(?:whsec_)?[A-Za-z0-9+/]+={0,2}$/
