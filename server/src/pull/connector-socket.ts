/** TCP as connectors use it: to where the outbound guard lets, decided on the address that is connected to. */
import { Socket } from 'node:net'
import type { Outbound } from '../outbound.ts'

const connectMs = 20_000
/** A peer that is gone without a word is noticed by this. */
const keepAliveMs = 30_000

/** Not connected yet: `connect(port, host)` of it asks the guard. Its errors are the guard's, too. */
export class GuardedSocket extends Socket {
  readonly #outbound: Outbound

  constructor(outbound: Outbound) {
    super()
    this.#outbound = outbound
  }

  override connect(...given: unknown[]): this {
    const [port, host] = given as [number, string]
    try {
      this.#outbound.check(host)
    } catch (error) {
      this.destroy(error as Error)
      return this
    }
    const late = setTimeout(() => this.destroy(new Error(`${host}:${port} does not answer`)), connectMs)
    this.once('connect', () => this.setKeepAlive(true, keepAliveMs))
    for (const end of ['connect', 'close']) this.once(end, () => clearTimeout(late))
    return super.connect({ port, host, lookup: this.#outbound.lookup })
  }
}
