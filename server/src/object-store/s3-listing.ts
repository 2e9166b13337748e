/**
 * The XML that S3 answers in: listings (ListObjectsV2) and errors. Whoever sent it is not trusted: no entities of its own, nothing
 * deep, nothing that is not understood.
 */
import { SaxesParser } from 'saxes'
import { MillraceError } from '../errors.ts'
import { type StoredObject, storeUnavailable } from '../object-store.ts'

interface Listing {
  readonly objects: readonly StoredObject[]
  /** What the next page is asked for with; undefined behind the last one. */
  readonly next: string | undefined
}

interface Element {
  readonly name: string
  text: string
  readonly children: Element[]
}

const depthMax = 8
const elementsMax = 20_000
const messageCharsMax = 300

/** @throws MillraceError `object_store_unavailable`: it is no listing. */
export function listingOf(bytes: Uint8Array, host: string): Listing {
  const root = parse(bytes)
  if (root?.name !== 'ListBucketResult') throw storeUnavailable(`${host} answers something that is no listing`)
  const isEncoded = textOf(root, 'EncodingType') === 'url'
  const decode = (key: string) => (isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key)
  const objects = root.children
    .filter(({ name }) => name === 'Contents')
    .map((entry) => {
      const key = textOf(entry, 'Key')
      const size = Number(textOf(entry, 'Size') ?? '')
      if (key === undefined || !Number.isSafeInteger(size) || size < 0)
        throw storeUnavailable(`${host} lists an object without a key or a size`)
      try {
        const modified = textOf(entry, 'LastModified') ?? ''
        const changedAt = Date.parse(modified)
        const version = textOf(entry, 'ETag') ?? modified
        return { key: decode(key), size, version, ...(Number.isFinite(changedAt) && { changedAt }) }
      } catch {
        throw storeUnavailable(`${host} lists a key that cannot be read`)
      }
    })
  const next = textOf(root, 'NextContinuationToken')
  const isTruncated = textOf(root, 'IsTruncated') === 'true'
  if (isTruncated && next === undefined) throw storeUnavailable(`${host} says that there is more, and not where`)
  return { objects, next: isTruncated ? next : undefined }
}

/** What an answer says about its failure; nothing where it is no such answer. */
export function errorOf(bytes: Uint8Array): { code?: string; message?: string; region?: string } {
  let root: Element | undefined
  try {
    root = parse(bytes)
  } catch {
    return {}
  }
  if (root?.name !== 'Error') return {}
  const [code, message, region] = ['Code', 'Message', 'Region'].map((name) =>
    textOf(root, name)?.slice(0, messageCharsMax),
  )
  return { ...(code && { code }), ...(message && { message }), ...(region && { region }) }
}

function textOf({ children }: Element, name: string): string | undefined {
  return children.find((child) => child.name === name)?.text
}

function parse(bytes: Uint8Array): Element | undefined {
  const parser = new SaxesParser()
  const open: Element[] = []
  let root: Element | undefined
  let elements = 0
  const refuse = (cause?: unknown): never => {
    throw new MillraceError('object_store_unavailable', 'The answer is no XML that can be read', { cause })
  }
  parser.on('error', refuse)
  parser.on('doctype', () => refuse())
  parser.on('opentag', ({ name }) => {
    const element: Element = { name, text: '', children: [] }
    if (++elements > elementsMax || open.length >= depthMax) refuse()
    open.at(-1)?.children.push(element)
    root ??= element
    open.push(element)
  })
  parser.on('text', (text) => {
    const element = open.at(-1)
    if (element) element.text += text
  })
  parser.on('closetag', () => void open.pop())
  parser.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()).close()
  return root
}
