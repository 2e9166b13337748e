/**
 * A connection to a server of SSH. It proves who it is by its host key before it is told any secret, and the connection goes where the
 * outbound guard lets.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { Client } from 'ssh2'
import { MillraceError } from '../../../errors.ts'
import { type ConnectorContext, NotRetryable, sourceUnavailable } from '../../connector.ts'
import { GuardedSocket } from '../../connector-socket.ts'
import type { SshLogin } from './ssh-settings.ts'

export interface SshConnection {
  readonly client: Client
  /** Rejects when the connection has ended, or the signal was aborted, with what is told of it. */
  readonly gone: Promise<never>
  close(): void
}

const readyMs = 20_000
const keepAliveMs = 15_000

/** @throws NotRetryable; MillraceError `source_unavailable`, `forbidden`; the signal's reason. */
export async function openSshClient(
  { host, port, username, password, privateKey, passphrase, hostKey }: SshLogin,
  { outbound, signal }: Pick<ConnectorContext, 'outbound' | 'signal'>,
): Promise<SshConnection> {
  const where = `${host}:${port}`
  const sock = new GuardedSocket(outbound)
  const client = new Client()
  const gone = Promise.withResolvers<never>()
  gone.promise.catch(() => {}) // told to who asks
  let refusal: NotRetryable | undefined
  client.on('error', (error) => gone.reject(refusal ?? told(error, where)))
  client.on('close', () => gone.reject(refusal ?? sourceUnavailable(`${where} ended the connection`)))
  const stop = () => {
    gone.reject(signal.reason)
    client.destroy()
    sock.destroy()
  }
  signal.throwIfAborted()
  signal.addEventListener('abort', stop, { once: true })
  const close = () => {
    signal.removeEventListener('abort', stop)
    client.destroy()
    sock.destroy()
  }
  try {
    sock.connect(port, host)
    await Promise.race([once(sock, 'connect'), gone.promise]).catch((error: unknown) => {
      throw error instanceof MillraceError ? error : told(error as Error, where)
    })
    const ready = once(client, 'ready')
    ready.catch(() => {}) // `gone` tells it
    const asking = {
      sock,
      username,
      ...(password !== undefined && { password }),
      ...(privateKey !== undefined && { privateKey }),
      ...(passphrase !== undefined && { passphrase }),
      readyTimeout: readyMs,
      keepaliveInterval: keepAliveMs,
      hostVerifier(key: Buffer) {
        const shown = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
        if (hostKey === 'any' || hostKey === shown) return true
        refusal = new NotRetryable(`${where} shows the host key ${shown}, which is not the one of the settings`)
        return false
      },
    }
    try {
      client.connect(asking)
    } catch (error) {
      throw told(error as Error, where) // the key, before anything is sent
    }
    await Promise.race([ready, gone.promise])
    return { client, gone: gone.promise, close }
  } catch (error) {
    close()
    throw error
  }
}

function told(error: Error & { level?: string }, where: string): Error {
  if (error.level === 'client-authentication') return new NotRetryable(`${where} does not let this user in`)
  if (/privateKey|passphrase|key format/i.test(error.message)) return new NotRetryable('The private key cannot be used')
  return sourceUnavailable(`${where} could not be reached: ${error.message}`, { cause: error })
}
