/** A thread that reads partition 0 of a log and says what it reads. */
import { parentPort, workerData } from 'node:worker_threads'
import { openFileLogReader } from './reader.ts'

parentPort!.on('message', () => {}) // keeps the thread alive while it waits at the tail
for await (const { offset, body } of openFileLogReader(workerData).read(0, 0n, new AbortController().signal))
  parentPort!.postMessage({ offset, text: Buffer.from(body).toString() })
parentPort!.close()
