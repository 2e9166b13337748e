/** What the browser builds weigh, and that they need nothing of Node. They are not to grow. */
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { bundle } from './sink.ts'

const sdk = join(import.meta.dirname, '..', '..', 'sdk', 'src')

it.each([
  ['browser.ts', 9], // IndexedDB included
  ['worker.ts', 7.5],
])('%s with all it imports is at most %f KiB, and runs without Node', async (entry, kibibytesMax) => {
  const text = await bundle(join(sdk, entry)) // it fails where something of Node is imported
  expect(gzipSync(text, { level: 9 }).length / 1024).toBeLessThanOrEqual(kibibytesMax)
  expect(text).not.toMatch(/\bprocess\.|\bBuffer\b|"node:/)
  expect(text).not.toMatch(/randomUUID|\.subtle\b/) // plain HTTP has neither
})
