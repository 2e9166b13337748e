/**
 * Objects of a bucket as files. The listing tells which are new by their sizes and versions; what an object really is, it is asked itself
 * before it is read, and one that changes while it is read is begun anew.
 */
import { matchesGlob } from 'node:path'
import { MillraceError } from '../../../errors.ts'
import { openS3Store } from '../../../object-store/s3.ts'
import { readBlockBytes, type StoredObject } from '../../../object-store.ts'
import type { ConnectorHttp } from '../../connector.ts'
import { type FileBytes, UnreadableFile } from './file-bytes.ts'
import type { LocalFolder } from './local-files.ts'
import type { FilesState } from './pages.ts'
import type { BucketSettings } from './settings.ts'

const objectsMax = 100_000

/** Without those that are as they were when they were read. @throws MillraceError `object_store_refused`, `object_store_unavailable`, `forbidden`. */
export async function openBucket(
  { prefix, changedSince, ...place }: BucketSettings,
  pattern: string,
  state: FilesState,
  http: ConnectorHttp,
): Promise<LocalFolder> {
  const store = openS3Store({ ...place, prefix, serverSideEncryption: false }, http.request)
  const names: string[] = []
  const since = changedSince === undefined ? Number.NEGATIVE_INFINITY : Date.parse(changedSince)
  let count = 0
  for await (const page of store.list('')) {
    count += page.length
    if (count > objectsMax) throw tooMany(place.bucket, prefix)
    for (const object of page) {
      const isFolder = object.key === '' || object.key.endsWith('/')
      const isOld = (object.changedAt ?? since) < since
      if (!isFolder && !isOld && matchesGlob(object.key, pattern) && !isKnown(object, state)) names.push(object.key)
    }
  }
  return {
    names: names.toSorted(),
    async open(name) {
      const object = await store.find(name)
      if (object === undefined) return undefined
      return bytesOf(object, (from, to) => store.read(object, from, to))
    },
  }
}

function isKnown({ key, size, version }: StoredObject, state: FilesState): boolean {
  const known = Object.hasOwn(state, key) ? state[key] : undefined
  return known?.isDone === true && known.size === size && known.version === version
}

/** Reads ahead, since whoever asks takes little at a time. */
function bytesOf(
  { key, size, version }: StoredObject,
  readRange: (from: number, to: number) => Promise<Buffer>,
): FileBytes {
  let window: { from: number; bytes: Buffer } = { from: 0, bytes: Buffer.alloc(0) }
  return {
    name: key,
    size,
    version,
    async read(from, to) {
      const pieces: Buffer[] = []
      for (let at = from; at < to; ) {
        if (at < window.from || at >= window.from + window.bytes.length)
          window = { from: at, bytes: await readRange(at, Math.min(size, at + readBlockBytes)) }
        const piece = window.bytes.subarray(at - window.from, to - window.from)
        if (piece.length === 0) throw new UnreadableFile('the store sends nothing of it')
        pieces.push(piece)
        at += piece.length
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    },
    isUnchanged: async () => true,
    async close() {},
  }
}

function tooMany(bucket: string, prefix: string): MillraceError {
  return new MillraceError('invalid_request', `There are more than ${objectsMax} objects in ${bucket}/${prefix}`, {
    hint: 'Give a longer prefix.',
  })
}
