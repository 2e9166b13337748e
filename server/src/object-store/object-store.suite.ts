/** What any store of objects does, by one test for each promise. */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ObjectStore, streamOf } from '../object-store.ts'

export function testObjectStore(
  title: string,
  open: () => Promise<{ store: ObjectStore; close(): Promise<void> }>,
): void {
  describe(title, () => {
    let store: ObjectStore
    let close: () => Promise<void>
    beforeAll(async () => {
      ;({ store, close } = await open())
    })
    afterAll(() => close())

    const listed = async (prefix: string) => {
      const keys: string[] = []
      for await (const page of store.list(prefix)) keys.push(...page.map(({ key }) => key))
      return keys.toSorted()
    }

    it('gives back what was put, whole and by ranges', async () => {
      const bytes = randomBytes(20 * 1024 * 1024)
      await store.put('whole/a.bin', bytes)
      const object = (await store.find('whole/a.bin'))!
      expect(object.size).toBe(bytes.length)
      const hash = createHash('sha256')
      for await (const block of streamOf(store, object)) hash.update(block)
      expect(hash.digest('hex')).toBe(createHash('sha256').update(bytes).digest('hex'))
      expect((await store.read(object, 5, 17)).equals(bytes.subarray(5, 17))).toBe(true)
      expect((await store.read(object, bytes.length - 1, bytes.length)).equals(bytes.subarray(-1))).toBe(true)
      expect(await store.read(object, 7, 7)).toHaveLength(0)
    })

    it('knows nothing of what is not there', async () => {
      expect(await store.find('none')).toBeUndefined()
      expect(await listed('none')).toEqual([])
      await store.delete('none')
    })

    it('puts over what is there, and does not mix the two', async () => {
      await store.put('over', Buffer.from('one, and long'))
      const before = (await store.find('over'))!
      await store.put('over', Buffer.from('two'))
      await expect(store.read(before, 0, 3)).rejects.toMatchObject({ code: 'object_changed' })
      const now = (await store.find('over'))!
      expect((await store.read(now, 0, now.size)).toString()).toBe('two')
      await store.delete('over')
      await expect(store.read(now, 0, now.size)).rejects.toMatchObject({ code: 'object_changed' })
    })

    it('lists by prefix, over pages, each object once', async () => {
      const keys = Array.from({ length: 1_050 }, (_, index) => `pages/${String(index).padStart(5, '0')}`)
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map((key) => store.put(key, Buffer.from('x'))))
      expect(await listed('pages/')).toEqual(keys)
      expect(await listed('pages/0000')).toEqual(keys.slice(0, 10))
    })

    it.each(['a b', 'plus+plus', 'per%20cent', 'ümläut/ß', "quotes'()*!", 'a&b=c?d#e', '日本', 'semi;colon:at@'])(
      'takes the key %s',
      async (name) => {
        const key = `names/${name}`
        await store.put(key, Buffer.from(name))
        const object = (await store.find(key))!
        expect((await store.read(object, 0, object.size)).toString()).toBe(name)
        expect(await listed('names/')).toContain(key)
        await store.delete(key)
        expect(await store.find(key)).toBeUndefined()
      },
    )

    it.each(['../out', 'a/../../out', 'a/..'])('refuses the key %s', async (key) => {
      await expect(store.put(key, Buffer.from('x'))).rejects.toMatchObject({ code: 'object_store_refused' })
    })
  })
}
