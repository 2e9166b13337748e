import { expect, test } from 'vitest'
import { openIdempotency, type RecentTag } from './idempotency.ts'

const hour = 60 * 60 * 1000
const counts = { accepted: 3, restreamed: 1 }

const asked = (key: string, kept = counts, content = '[]') => ({
  key,
  types: ['t'],
  counts: kept,
  content: Buffer.from(content),
})

/** A log that keeps nothing but tags, and a clock set by hand. */
function setting() {
  const tags: RecentTag[] = []
  const time = { now: 1_700_000_000_000, elapsed: 5000 }
  const clock = { now: () => time.now, elapsed: () => time.elapsed }
  return {
    tags,
    time,
    append: async (tag: Uint8Array) => void tags.push({ appendedAt: time.now, tag }),
    pass(ms: number) {
      time.now += ms
      time.elapsed += ms
    },
    async open(window?: { countMax: number; ageMaxMs: number }) {
      async function* recentTags(since: number) {
        yield* tags.filter(({ appendedAt }) => appendedAt >= since)
      }
      return openIdempotency(recentTags, clock, window)
    },
  }
}

test('a repeated key gets the first answer and is not appended again; other keys and inputs are', async () => {
  const { open, append, tags } = setting()
  const idempotency = await open()
  expect(await idempotency.once('i1', asked('k'), append)).toMatchObject({ ...counts, isRepeat: false })
  expect(await idempotency.once('i1', asked('k', { accepted: 9, restreamed: 9 }), append)).toMatchObject({
    ...counts,
    isRepeat: true,
  })
  expect(tags).toHaveLength(1)
  expect((await idempotency.once('i1', asked('l'), append)).isRepeat).toBe(false)
  expect((await idempotency.once('i2', asked('k'), append)).isRepeat).toBe(false)
})

test('a key is still known after a restart', async () => {
  const { open, append, tags } = setting()
  await (await open()).once('ínput', asked('k'), append)
  expect(tags[0]!.tag.length).toBeLessThan(64)
  expect(await (await open()).once('ínput', asked('k', { accepted: 0, restreamed: 0 }), append)).toMatchObject({
    ...counts,
    isRepeat: true,
  })
})

test('a key is forgotten after its window, whether the server ran or not', async () => {
  const { open, append, pass } = setting()
  const running = await open()
  await running.once('i', asked('k'), append)
  pass(24 * hour)
  expect((await running.once('i', asked('k'), append)).isRepeat).toBe(true)
  expect((await (await open()).once('i', asked('k'), append)).isRepeat).toBe(true)
  pass(1)
  expect((await (await open()).once('i', asked('k'), async () => {})).isRepeat).toBe(false)
  expect((await running.once('i', asked('k'), append)).isRepeat).toBe(false)
})

test('a calendar that jumps forgets nothing', async () => {
  const { open, append, time } = setting()
  const idempotency = await open()
  await idempotency.once('i', asked('k'), append)
  time.now += 9000 * hour
  expect((await idempotency.once('i', asked('k'), append)).isRepeat).toBe(true)
})

test('after as many batches as the window holds the oldest key is free again', async () => {
  const { open, append } = setting()
  const idempotency = await open({ countMax: 2, ageMaxMs: hour })
  for (const key of ['a', 'b', 'c']) await idempotency.once('i', asked(key), append)
  expect((await idempotency.once('i', asked('b'), append)).isRepeat).toBe(true)
  expect((await idempotency.once('i', asked('a'), append)).isRepeat).toBe(false)
})

test('a repeat during the first waits for it', async () => {
  const { open } = setting()
  const idempotency = await open()
  const gate = Promise.withResolvers<void>()
  let appends = 0
  const append = () => {
    appends++
    return gate.promise
  }
  const all = [1, 2, 3].map((accepted) => idempotency.once('i', asked('k', { accepted, restreamed: 0 }), append))
  gate.resolve()
  expect((await Promise.all(all)).map(({ accepted }) => accepted)).toEqual([1, 1, 1])
  expect(appends).toBe(1)
})

test('a failed append forgets the key: of those who wait one stores, the others repeat it', async () => {
  const { open, append, tags } = setting()
  const idempotency = await open()
  const gate = Promise.withResolvers<void>()
  const first = idempotency.once('i', asked('k'), () => gate.promise)
  const others = [1, 2].map(() => idempotency.once('i', asked('k'), append))
  gate.reject(new Error('disk full'))
  await expect(first).rejects.toThrow('disk full')
  expect((await Promise.all(others)).map(({ isRepeat }) => isRepeat)).toEqual([false, true])
  expect(tags).toHaveLength(1)
})

test('tags of somebody else are passed over', async () => {
  const { open, tags, append } = setting()
  tags.push(
    { appendedAt: 1_700_000_000_000, tag: new Uint8Array(0) },
    { appendedAt: 1_700_000_000_000, tag: Buffer.alloc(40, 9) },
  )
  expect((await (await open()).once('i', asked('k'), append)).isRepeat).toBe(false)
})

test('another body under a key that is known is no repeat: nothing is stored, and nothing answered that was not asked', async () => {
  const { open, append, tags } = setting()
  const reused = expect.objectContaining({ code: 'idempotency_key_reused' })
  const idempotency = await open()
  await idempotency.once('i', asked('k'), append)
  await expect(idempotency.once('i', asked('k', counts, '[{}]'), append)).rejects.toThrow(reused)
  await expect((await open()).once('i', asked('k', counts, '[{}]'), append)).rejects.toThrow(reused)
  expect((await idempotency.once('i', asked('k'), append)).isRepeat).toBe(true)
  expect(tags).toHaveLength(1)
})

test('a tag of the version before, which knows nothing of the body, is read', async () => {
  const { open, append, tags, time } = setting()
  await (await open()).once('i', asked('k'), append)
  const tag = Buffer.from(tags.pop()!.tag)
  tags.push({ appendedAt: time.now, tag: Buffer.concat([Buffer.of(1), tag.subarray(1, 25), tag.subarray(29)]) })
  expect(await (await open()).once('i', asked('k', counts, 'other'), append)).toMatchObject({
    ...counts,
    isRepeat: true,
  })
})

test('under a key that is a digest nothing is compared, also with what was stored before it was one', async () => {
  const { open, append } = setting()
  const idempotency = await open()
  const digested = { ...asked('digest'), content: undefined }
  expect((await idempotency.once('i', digested, append)).isRepeat).toBe(false)
  expect((await idempotency.once('i', digested, append)).isRepeat).toBe(true)
  await idempotency.once('i', asked('older', counts, '[1]'), append)
  expect((await (await open()).once('i', { ...asked('older'), content: undefined }, append)).isRepeat).toBe(true)
})
