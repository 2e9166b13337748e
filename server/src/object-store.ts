/** What a store of objects is: a folder of this machine, or a bucket of S3 or of what speaks like it. `object-store.suite.ts` proves it of each. */
import { MillraceError } from './errors.ts'

export interface StoredObject {
  /** With / between its parts, whatever the store is. */
  readonly key: string
  readonly size: number
  /** Changes whenever the object does: an ETag, or the time of the change. */
  readonly version: string
  /** ms; absent where a listing does not say. */
  readonly changedAt?: number
}

/**
 * Keys are relative to where the store was opened. Every method throws MillraceError `object_store_unavailable` (a repeat may help),
 * `object_store_refused` (somebody must change something: bucket, keys, region, clock) or `forbidden` (the operator does not allow it).
 */
export interface ObjectStore {
  /** Whole or not at all, over what is there. Safe to repeat. */
  put(key: string, bytes: Uint8Array): Promise<void>
  /** Undefined: there is none. */
  find(key: string): Promise<StoredObject | undefined>
  /** Exactly these bytes of it. @throws MillraceError `object_changed`: it is another by now, or gone. */
  read(object: StoredObject, from: number, to: number): Promise<Buffer>
  /** Pages of those whose key begins with `prefix`. */
  list(prefix: string): AsyncIterable<readonly StoredObject[]>
  /** Safe to repeat. */
  delete(key: string): Promise<void>
}

export const readBlockBytes = 8 * 1024 * 1024

/** The object as a stream, a block at a time. */
export async function* streamOf(store: ObjectStore, object: StoredObject): AsyncGenerator<Buffer> {
  for (let at = 0; at < object.size; at += readBlockBytes)
    yield await store.read(object, at, Math.min(object.size, at + readBlockBytes))
}

/** A bucket, and who asks for it. The secret key is in the clear here: it must not leave the process but by its signatures. */
export interface S3Place {
  /** `https://host`, without the bucket. Of Amazon's regions where it is absent. */
  readonly endpoint?: string | undefined
  readonly region: string
  readonly bucket: string
  /** Before every key. */
  readonly prefix: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Has the store encrypt what is put, with keys of its own (AES256). */
  readonly serverSideEncryption: boolean
}

export function objectChanged(key: string): MillraceError {
  return new MillraceError('object_changed', `${key} was changed or removed while it was read`)
}

export function storeRefused(message: string, hint: string, cause?: unknown): MillraceError {
  return new MillraceError('object_store_refused', message, { hint, cause })
}

export function storeUnavailable(message: string, cause?: unknown): MillraceError {
  return new MillraceError('object_store_unavailable', message, { cause })
}
