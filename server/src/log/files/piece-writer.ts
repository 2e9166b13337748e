/** The pieces of one write: small ones laid behind one another in one buffer, large ones as they are between them. */
import { crc32c } from '@node-rs/crc32'

/** Up to this size a copy is cheaper than one more piece to write and to sum up. */
const copiedBytesMax = 2048

export function isCopied(piece: Uint8Array): boolean {
  return piece.length <= copiedBytesMax
}

/** Lays pieces behind one another, and sums up what goes by. */
export class PieceWriter {
  readonly #copied: Buffer
  readonly #pieces: Uint8Array[] = []
  /** Places in `#copied`: its end, where what is not among the pieces begins, and what is not in the sum. */
  #at = 0
  #pieceAt = 0
  #sumAt = 0
  #sum = 0
  #bytes = 0

  /** `copiedBytes`: what is reserved, and all pieces that are copied. */
  constructor(copiedBytes: number) {
    this.#copied = Buffer.allocUnsafe(copiedBytes)
  }

  get bytes(): number {
    return this.#bytes
  }

  alignTo(step: number): void {
    const bytes = upTo(step, this.#bytes) - this.#bytes
    this.reserve(bytes).fill(0)
  }

  reserve(bytes: number): Buffer {
    const reserved = this.#copied.subarray(this.#at, this.#at + bytes)
    this.#at += bytes
    this.#bytes += bytes
    return reserved
  }

  add(piece: Uint8Array): void {
    if (isCopied(piece)) {
      this.#copied.set(piece, this.#at)
      this.#at += piece.length
    } else {
      this.#sum = crc32c(piece, this.sum())
      this.#flush()
      this.#pieces.push(piece)
    }
    this.#bytes += piece.length
  }

  /** Begins a checksum with the last bytes that were written. */
  startSum(seed: number, lastBytes: number): void {
    this.#sum = seed
    this.#sumAt = this.#at - lastBytes
  }

  sum(): number {
    if (this.#sumAt < this.#at) this.#sum = crc32c(this.#copied.subarray(this.#sumAt, this.#at), this.#sum)
    this.#sumAt = this.#at
    return this.#sum
  }

  finish(): Uint8Array[] {
    this.#flush()
    return this.#pieces
  }

  #flush(): void {
    if (this.#pieceAt < this.#at) this.#pieces.push(this.#copied.subarray(this.#pieceAt, this.#at))
    this.#pieceAt = this.#at
  }
}

export function upTo(step: number, bytes: number): number {
  return Math.ceil(bytes / step) * step
}
