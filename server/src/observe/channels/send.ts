/** Sends notifications by e-mail, as a signed webhook, or to Slack. */
import { createHmac } from 'node:crypto'
import { MillraceError } from '../../errors.ts'
import type { Outbound } from '../../outbound.ts'
import type { OutgoingMessage, Send } from '../deliveries.ts'
import { postJson } from './post.ts'
import { headlineOf, textOf } from './wording.ts'

export interface SendSettings {
  readonly outbound: Outbound
  /** `smtp://user:password@host:587` or `smtps://…`; undefined where e-mails cannot be sent. */
  readonly smtpUrl: string | undefined
  /** Address that e-mails come from. */
  readonly mailFrom: string
}

const smtpTimeoutMs = 10_000
const slackCharactersMax = 10_000

export function openSend({ outbound, smtpUrl, mailFrom }: SendSettings): Send {
  return async (target, message, signal) => {
    if (target.kind === 'email') return unlessAborted(signal, sendMail(smtpUrl, mailFrom, target.to, message))
    const body = target.kind === 'slack' ? slackBodyOf(message) : webhookBodyOf(message)
    const headers = target.kind === 'slack' ? {} : signatureOf(target.secret, message.id, body)
    await postJson(target.url, body, headers, { outbound, signal })
  }
}

/** A mail server is not waited for by a server that closes; what was under way is sent again after the next start. */
async function unlessAborted(signal: AbortSignal, work: Promise<void>): Promise<void> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = () => reject(new Error('The server closes'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function sendMail(
  url: string | undefined,
  from: string,
  to: readonly string[],
  message: OutgoingMessage,
): Promise<void> {
  if (url === undefined) {
    throw new MillraceError('conflict', 'This server sends no e-mails', {
      hint: 'An operator sets MILLRACE_SMTP_URL and MILLRACE_MAIL_FROM.',
    })
  }
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url,
    connectionTimeout: smtpTimeoutMs,
    greetingTimeout: smtpTimeoutMs,
    socketTimeout: smtpTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from,
      to: [...to],
      subject: headlineOf(message),
      text: textOf(message),
      messageId: `<${message.id}@millrace>`,
    })
  } catch (error) {
    throw new Error(`The mail server refused it: ${(error as Error).message}`, { cause: error })
  } finally {
    transport.close()
  }
}

/** Nobody is mentioned by what a message quotes. */
function slackBodyOf(message: OutgoingMessage): string {
  const text = `${headlineOf(message)}\n${textOf(message)}`.slice(0, slackCharactersMax)
  return JSON.stringify({ text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;') })
}

function webhookBodyOf({ workspace, notifications }: OutgoingMessage): string {
  const shown = notifications.map(({ firstAt, lastAt, ...rest }) => ({
    ...rest,
    firstAt: new Date(firstAt).toISOString(),
    lastAt: new Date(lastAt).toISOString(),
  }))
  const timestamp = new Date().toISOString()
  return JSON.stringify({ type: 'notifications', timestamp, data: { workspace, notifications: shown } })
}

/** As Standard Webhooks has it: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. */
function signatureOf(secret: string, id: string, body: string): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000)
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': `v1,${signature}` }
}
