/** The raw body of a request, read under a limit and a reservation; what is beyond either stops the reading at once. */
import type { IncomingMessage } from 'node:http'
import { MillraceError } from '../errors.ts'
import { releaseOwn } from '../heap.ts'
import type { Reservation } from './budget.ts'

/** The client went away: there is nobody to answer and nothing to keep. */
export class ClientGone extends Error {}

/** The length that the head declares; undefined for a body in chunks. Node has refused every header that is no number. */
export function declaredLength({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined
  return Number(headers['content-length'] ?? 0)
}

/** The bytes of a body in the pieces in which they came, joined for whoever wants them whole. */
export class Body {
  readonly length: number
  #pieces: readonly Buffer[]

  constructor(pieces: readonly Buffer[]) {
    this.#pieces = pieces
    this.length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  }

  get pieces(): readonly Buffer[] {
    return this.#pieces
  }

  get whole(): Buffer {
    if (this.#pieces.length !== 1) {
      const whole = Buffer.concat(this.#pieces, this.length)
      this.release()
      this.#pieces = [whole]
    }
    return this.#pieces[0]!
  }

  holds({ buffer }: Uint8Array): boolean {
    return this.#pieces.some((piece) => piece.buffer === buffer)
  }

  /** When nobody uses them any more. Safe to repeat. */
  release(): void {
    for (const piece of this.#pieces) releaseOwn(piece)
  }
}

/** @throws MillraceError `request_too_large`, `overloaded`: the rest of the body is left unread; ClientGone. */
export function readBody(request: IncomingMessage, bytesMax: number, reservation: Reservation): Promise<Body> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const stop = () => {
      request.off('data', take).off('end', finish).off('error', leave).off('close', leave)
    }
    const take = (chunk: Buffer) => {
      bytes += chunk.length
      try {
        if (bytes > bytesMax) throw tooLarge(bytesMax)
        reservation.grow(bytes)
        chunks.push(chunk)
      } catch (error) {
        stop()
        request.pause()
        reject(error)
      }
    }
    const finish = () => {
      stop()
      resolve(new Body(chunks))
    }
    const leave = () => {
      stop()
      reject(new ClientGone('The client went away in the middle of a body'))
    }
    if (request.destroyed) leave()
    else request.on('data', take).on('end', finish).on('error', leave).on('close', leave)
  })
}

export function tooLarge(bytesMax: number): MillraceError {
  return new MillraceError('request_too_large', `The body has more than ${bytesMax} bytes`, {
    hint: 'Send the events in several requests.',
  })
}
