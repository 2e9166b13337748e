/**
 * Sockets for drivers of databases: to the database itself, or by way of a server of SSH, which connects to it. No port is opened on this
 * machine for that. The outbound guard is asked where this machine connects to: of the database, or of the server of SSH.
 */
import { Duplex } from 'node:stream'
import type { ClientChannel } from 'ssh2'
import type { Outbound } from '../../../outbound.ts'
import { GuardedSocket } from '../../connector-socket.ts'
import type { SshConnection } from './ssh-client.ts'
import type { SshLogin } from './ssh-settings.ts'

/** Not connected yet. */
export interface UnconnectedSocket extends Duplex {
  connect(port: number, host: string): unknown
}

export interface Sockets {
  open(): UnconnectedSocket
  /** When the last socket has ended, so does what they went by. */
  close(): void
}

const connectMs = 20_000
/** A socket that does not end then is ended: nobody waits for it any more. */
const lingerMs = 10_000

/** @throws NotRetryable; MillraceError `source_unavailable`, `forbidden`: of the server of SSH. The signal's reason. */
export async function openSockets(
  tunnel: SshLogin | undefined,
  { outbound, signal }: { readonly outbound: Outbound; readonly signal: AbortSignal },
): Promise<Sockets> {
  if (tunnel === undefined) return { open: () => new GuardedSocket(outbound), close: () => {} }
  const { openSshClient } = await import('./ssh-client.ts')
  // Not the job's signal: what a database does for us is stopped by way of this.
  const opening = new AbortController()
  const stop = () => opening.abort(signal.reason)
  signal.throwIfAborted()
  signal.addEventListener('abort', stop, { once: true })
  const ssh = await openSshClient(tunnel, { outbound, signal: opening.signal }).finally(() =>
    signal.removeEventListener('abort', stop),
  )
  const sockets = new Set<TunnelSocket>()
  let isClosed = false
  const closeIfUnused = () => {
    if (isClosed && sockets.size === 0) ssh.close()
  }
  return {
    open() {
      const socket = new TunnelSocket(ssh)
      sockets.add(socket)
      socket.once('close', () => {
        sockets.delete(socket)
        closeIfUnused()
      })
      return socket
    },
    close() {
      isClosed = true
      setTimeout(() => ssh.close(), lingerMs).unref()
      closeIfUnused()
    },
  }
}

/** A channel of SSH that looks like a socket of TCP to who connects by it. */
class TunnelSocket extends Duplex implements UnconnectedSocket {
  readonly #ssh: SshConnection
  #channel: ClientChannel | undefined

  constructor(ssh: SshConnection) {
    super({ allowHalfOpen: false })
    this.#ssh = ssh
    this.on('error', () => {}) // told to the driver as well, unless that has left it already
    ssh.gone.catch((error: Error) => this.destroy(error))
  }

  connect(port: number, host: string): this {
    const late = setTimeout(
      () => this.destroy(new Error(`${host}:${port} does not answer behind the tunnel`)),
      connectMs,
    )
    this.once('close', () => clearTimeout(late))
    try {
      this.#ssh.client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        clearTimeout(late)
        if (error) this.destroy(new Error(`${host}:${port} is not reached by the tunnel: ${error.message}`))
        else this.#joined(channel)
      })
    } catch (error) {
      this.destroy(error as Error) // the tunnel has ended
    }
    return this
  }

  #joined(channel: ClientChannel): void {
    if (this.destroyed) return void channel.destroy()
    this.#channel = channel
    channel.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) channel.pause()
    })
    // What came before the end is still read.
    let hasEnded = false
    const end = () => {
      if (!hasEnded) this.push(null)
      hasEnded = true
    }
    channel.once('end', end)
    channel.once('close', end)
    channel.on('error', (failure: Error) => this.destroy(failure))
    this.emit('connect')
  }

  override _read(): void {
    this.#channel?.resume()
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#channel === undefined) this.once('connect', () => this.#channel!.write(bytes, done))
    else this.#channel.write(bytes, done)
  }

  override _final(done: () => void): void {
    this.#channel?.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#channel?.destroy()
    done(error)
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  setTimeout(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}
