/** What the pages under test offer to the test. */
import type { Client, ClientOptions } from '@millrace/sdk/types'

export interface PageUnderTest {
  client: Client
  open(options: Omit<ClientOptions, 'authKey' | 'handleSignals' | 'storage'>): void
  /** Rows of all tabs in IndexedDB. */
  heldRows(): Promise<number>
}
