/** The build for workers, which have neither page nor `document`. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { hasChromium, makeProfile } from './chromium.ts'
import { bundle, openSink } from './sink.ts'

it.runIf(hasChromium)('a worker sends its events, and tries again', async () => {
  const script = await bundle(join(import.meta.dirname, 'pages', 'worker.ts'))
  const [sink, profile] = [await openSink(), await makeProfile()]
  const context = await profile.open()
  try {
    const page = await context.newPage()
    await page.goto(`http://127.0.0.1:${sink.port}/`)
    sink.status = 503
    const result = page.evaluate(
      ([text, order]) => {
        const { Worker } = globalThis as unknown as { Worker: new (url: string, options: object) => EventSource }
        const worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), {
          type: 'module',
        })
        return new Promise<unknown>((resolve) => {
          worker.addEventListener('message', ({ data }) => resolve(data))
          ;(worker as unknown as { postMessage(message: unknown): void }).postMessage(order)
        })
      },
      [script, { options: { endpoint: `http://localhost:${sink.port}`, apiKey: 'key' }, count: 300 }] as const,
    )
    await page.waitForTimeout(300)
    sink.status = 200
    expect(await result).toMatchObject({ acked: 300, pending: 0 })
    expect(sink.numbers()).toEqual(Array.from({ length: 300 }, (_, n) => n))
    expect(sink.requests.every(({ isPacked }) => isPacked)).toBe(true)
  } finally {
    await context.close()
    await profile.remove()
    await sink.close()
  }
})
