/** `PUT /api/v1/buckets/{key}` `{"name"}`: whoever sends the values of series natively names their bucket with the same key. */
import { MillraceError } from '../../errors.ts'
import { bucketOf } from '../bucket-names.ts'
import type { DecodedRequest, IngestRequest, Route } from '../protocol.ts'

/** Other methods at this path are the management API's, where `{key}` is an id. */
export const bucketRoute: Route = { methods: ['PUT'], path: '/api/v1/buckets/:bucket', accepts: () => true }

/** 201 where the bucket is new, or else 200. @throws MillraceError `invalid_json`, `invalid_request`. */
export function nameBucket({ body, params }: IngestRequest): DecodedRequest {
  const bucket = bucketOf(params['bucket'], nameIn(body))
  return {
    types: [],
    starts: new Uint32Array(),
    ends: new Uint32Array(),
    payload: Buffer.alloc(0),
    bucket,
    reply: ({ isNewBucket }) => ({
      status: isNewBucket ? 201 : 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(bucket),
    }),
  }
}

function nameIn(body: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(body.toString())
  } catch (cause) {
    throw new MillraceError('invalid_json', 'The body is no JSON', { cause })
  }
  if (typeof value === 'object' && value !== null && 'name' in value) return value.name
  throw new MillraceError('invalid_request', 'The body has to be an object with "name"')
}
