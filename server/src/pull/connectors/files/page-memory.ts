/**
 * Where the rows of pages lie, one page behind the other: a few pieces of memory for all of them, since new ones for each would have
 * V8 look through its whole heap for garbage again and again.
 */

/** Rows come some thousands at a time, or by the MiB, so a page is somewhat larger than it has to be. */
const spareBytes = 1.25 * 1024 * 1024
/** One is filled while another is kept. */
const keptMax = 2

export interface PageMemory {
  /** Of the page that is being filled. */
  readonly bytes: number
  /** Copies what is given. */
  add(payload: Buffer): void
  /** The page as it is, and what is told when nobody needs it any more. The next one begins. */
  take(): { readonly payload: Buffer; readonly done: () => void }
}

export function openPageMemory(pageBytes: number): PageMemory {
  const usualBytes = pageBytes + spareBytes
  const free: Buffer[] = []
  let page: Buffer | undefined
  let bytes = 0

  function withRoom(needed: number): Buffer {
    if (page !== undefined && needed <= page.length) return page
    const larger =
      needed <= usualBytes ? (free.pop() ?? Buffer.allocUnsafeSlow(usualBytes)) : Buffer.allocUnsafeSlow(needed)
    if (page !== undefined) {
      page.copy(larger, 0, 0, bytes)
      giveBack(page)
    }
    return larger
  }

  function giveBack(memory: Buffer): void {
    if (memory.length === usualBytes && free.length < keptMax) free.push(memory)
  }

  return {
    get bytes() {
      return bytes
    },
    add(payload) {
      page = withRoom(bytes + payload.length)
      bytes += payload.copy(page, bytes)
    },
    take() {
      const memory = page
      const payload = memory?.subarray(0, bytes) ?? Buffer.alloc(0)
      page = undefined
      bytes = 0
      let isDone = memory === undefined
      return {
        payload,
        done() {
          if (!isDone) giveBack(memory!)
          isDone = true
        },
      }
    },
  }
}
