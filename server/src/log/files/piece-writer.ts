/** The pieces of one write: small ones laid behind one another in one buffer, large ones as they are between them. */

/** Up to this size a copy is cheaper than one more piece to write and to sum up. */
export const copiedBytesMax = 2048

/** A checksum of bytes, going on from an earlier one. */
type Checksum = (bytes: Uint8Array, sum?: number) => number

/** Lays pieces behind one another, and sums up what goes by. */
export class PieceWriter {
  readonly #copied: Buffer
  readonly #checksum: Checksum
  readonly #isOnePiece: boolean
  readonly #pieces: Uint8Array[] = []
  /** Places in `#copied`: its end, where what is not among the pieces begins, and what is not in the sum. */
  #at = 0
  #pieceAt = 0
  #sumAt = 0
  #sum = 0
  #bytes = 0

  /** `copied` has room for what is reserved and for the small pieces, or for all where they are to make one piece. */
  constructor(copied: Buffer, checksum: Checksum, isOnePiece: boolean) {
    this.#copied = copied
    this.#checksum = checksum
    this.#isOnePiece = isOnePiece
  }

  get bytes(): number {
    return this.#bytes
  }

  alignTo(step: number): void {
    const bytes = upTo(step, this.#bytes) - this.#bytes
    if (bytes === 0) return
    this.#copied.fill(0, this.#at, this.#at + bytes)
    this.#at += bytes
    this.#bytes += bytes
  }

  /** Copies bytes that are summed up later, if at all; where they lie. */
  copy(bytes: Uint8Array): number {
    const at = this.#at
    this.#copied.set(bytes, at)
    this.#at += bytes.length
    this.#bytes += bytes.length
    return at
  }

  add(piece: Uint8Array): void {
    if (piece.length <= copiedBytesMax) {
      this.#copied.set(piece, this.#at)
      this.#at += piece.length
    } else {
      this.#sum = this.#checksum(piece, this.sum())
      if (this.#isOnePiece) {
        this.#copied.set(piece, this.#at)
        this.#at += piece.length
        this.#sumAt = this.#at
      } else {
        this.#flush()
        this.#pieces.push(piece)
      }
    }
    this.#bytes += piece.length
  }

  /** Begins a checksum with the last bytes that were written. */
  startSum(seed: number, lastBytes: number): void {
    this.#sum = seed
    this.#sumAt = this.#at - lastBytes
  }

  sum(): number {
    if (this.#sumAt < this.#at) this.#sum = this.#checksum(this.#copied.subarray(this.#sumAt, this.#at), this.#sum)
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
