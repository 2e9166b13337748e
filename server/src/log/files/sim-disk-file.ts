/** A file of the simulated disk: what it holds, what of it is durable, and what power leaves of the rest. */
import { pageBytes, sectorBytes } from './record.ts'

export class SimFile {
  content: Buffer
  #durable: Buffer
  /** Sectors written since the last sync. */
  readonly #dirty = new Set<number>()

  constructor(content: Uint8Array = Buffer.alloc(0)) {
    this.content = Buffer.from(content)
    this.#durable = Buffer.from(content)
  }

  write(bytes: Buffer, place: number): number {
    const end = place + bytes.length
    if (end > this.content.length) this.content = resized(this.content, end)
    bytes.copy(this.content, place)
    for (let sector = Math.floor(place / sectorBytes); sector * sectorBytes < end; sector++) this.#dirty.add(sector)
    return bytes.length
  }

  sync(): void {
    if (this.content.length !== this.#durable.length) this.#durable = resized(this.#durable, this.content.length)
    for (const sector of this.#dirty) copySector(this.content, this.#durable, sector)
    this.#dirty.clear()
  }

  /** Has it hold something else, durably. */
  replace(content: Uint8Array): void {
    this.content = Buffer.from(content)
    this.#durable = Buffer.from(content)
    this.#dirty.clear()
  }

  /** As Linux does when a sync fails: the pages count as clean now, and will never be written. */
  failSync(): void {
    this.#dirty.clear()
  }

  /** What is left when power goes: the size old or new, and of each page that was written what chance leaves. */
  survivor(random: () => number): SimFile {
    const size = random() < 0.5 ? this.content.length : this.#durable.length
    const left = resized(this.#durable, size)
    for (const sectors of this.#dirtyPages()) {
      const chance = random()
      for (const sector of sectors) {
        const place = sector * sectorBytes
        if (place >= size) continue
        if (chance < 0.4 || (chance < 0.7 && random() < 0.5)) copySector(this.content, left, sector)
        else if (chance >= 0.9) left.fill(0, place, Math.min(size, place + sectorBytes))
      }
    }
    return new SimFile(left)
  }

  #dirtyPages(): Iterable<number[]> {
    const pages = new Map<number, number[]>()
    for (const sector of this.#dirty) {
      const page = Math.floor((sector * sectorBytes) / pageBytes)
      pages.set(page, [...(pages.get(page) ?? []), sector])
    }
    return pages.values()
  }
}

function copySector(from: Buffer, to: Buffer, sector: number): void {
  from.copy(to, sector * sectorBytes, sector * sectorBytes, (sector + 1) * sectorBytes)
}

function resized(bytes: Buffer, size: number): Buffer {
  const copy = Buffer.alloc(size)
  bytes.copy(copy)
  return copy
}
