/** Why a store of objects says no, in words of somebody who has to do something about it. */
import type { MillraceError } from '../errors.ts'
import { type S3Place, storeRefused, storeUnavailable } from '../object-store.ts'
import type { ExchangeAnswer } from './exchange.ts'
import { errorOf } from './s3-listing.ts'

const skewMs = 5 * 60_000

/** Of an answer that is no success. */
export function refusalOf(answer: ExchangeAnswer, place: S3Place, host: string, now = Date.now()): MillraceError {
  const { status, headers } = answer
  const { code, message } = errorOf(answer.bytes)
  const { bucket } = place
  const elsewhere = regionOf(answer)
  const offMs = now - Date.parse(headers['date'] ?? '')
  if (code === 'RequestTimeTooSkewed' || (status === 403 && Math.abs(offMs) > skewMs)) {
    const off = Number.isNaN(offMs) ? '' : ` by ${Math.round(Math.abs(offMs) / 1000)} s`
    return storeRefused(
      `The clocks of ${host} and of this server differ${off}`,
      'Set this server’s clock: signatures hold a few minutes only.',
    )
  }
  if (code === 'NoSuchBucket' || (status === 404 && code === undefined))
    return storeRefused(`There is no bucket ${bucket} at ${host}`, 'Create it, or check its name and the endpoint.')
  if (
    code === 'AuthorizationHeaderMalformed' ||
    status === 301 ||
    status === 307 ||
    (elsewhere && elsewhere !== place.region)
  ) {
    const where = elsewhere === undefined ? 'another region' : `the region ${elsewhere}`
    return storeRefused(
      `The bucket ${bucket} is in ${where}, not in ${place.region}`,
      'Set the region, and the endpoint of it.',
    )
  }
  if (code === 'InvalidAccessKeyId')
    return storeRefused(`${host} does not know the access key`, 'Check the access key id.')
  if (code === 'SignatureDoesNotMatch')
    return storeRefused(
      `${host} says that the signature is wrong`,
      'Check the secret access key, and that no proxy changes requests.',
    )
  if (status === 403 || status === 401)
    return storeRefused(
      `${host} denies access to the bucket ${bucket}${said(code, message)}`,
      'The key needs the right to put, read, list and delete objects there, as far as it is to do so.',
    )
  if (status >= 500 || status === 429) return storeUnavailable(`${host} answers ${status}${said(code, message)}`)
  return storeRefused(`${host} answers ${status}${said(code, message)}`, 'Check the endpoint, the bucket and the keys.')
}

/** Where the bucket is, as far as an answer tells. */
export function regionOf({ headers, bytes }: ExchangeAnswer): string | undefined {
  const region = headers['x-amz-bucket-region'] ?? errorOf(bytes).region
  return region !== undefined && /^[a-z0-9-]{1,64}$/.test(region) ? region : undefined
}

function said(code: string | undefined, message: string | undefined): string {
  return code === undefined ? '' : `: ${code}${message === undefined ? '' : `, ${message}`}`
}
