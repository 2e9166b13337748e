/** What pages under test have: the SDK in its browser build, for the test to call. */
import { createClient } from '../../../sdk/src/browser.ts'
import { extras } from '../../../sdk/src/extras.ts'
import type { PageUnderTest } from '../page-under-test.ts'

const page = globalThis as unknown as PageUnderTest
page.open = (options) => {
  page.client = createClient({ ...options, extras })
}
page.heldRows = async () => {
  const [{ name = '' } = {}] = await indexedDB.databases()
  if (name === '') return 0 // the client has not made it yet; to open it would be to make another
  const opening = indexedDB.open(name)
  return new Promise((resolve, reject) => {
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const counting = opening.result.transaction('rows').objectStore('rows').count()
      opening.result.close()
      counting.onsuccess = () => resolve(counting.result)
    }
  })
}
