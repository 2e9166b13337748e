import { expect, it } from 'vitest'
import { messagesOf } from './live.ts'

async function read(...chunks: string[]) {
  const bytes = chunks.map((chunk) => Buffer.from(chunk, 'latin1'))
  const found = []
  for await (const message of messagesOf(ReadableStream.from(bytes) as ReadableStream<Uint8Array>)) found.push(message)
  return found
}

it('messages are found wherever the stream is cut, comments left out', async () => {
  const text = ': hello\n\nevent: event\ndata: {"a":1}\n\nevent: dropped\r\ndata: {"events":7}\r\n\r\n'
  const expected = [
    { type: 'event', data: '{"a":1}' },
    { type: 'dropped', data: '{"events":7}' },
  ]
  for (let at = 0; at <= text.length; at++) expect(await read(text.slice(0, at), text.slice(at))).toEqual(expected)
})

it('characters that are cut in two are whole, and a message without its end is none', async () => {
  const text = Buffer.from('data: é\n\ndata: half\n').toString('latin1')
  for (let at = 0; at <= text.length; at++)
    expect(await read(text.slice(0, at), text.slice(at))).toEqual([{ type: 'message', data: 'é' }])
})
