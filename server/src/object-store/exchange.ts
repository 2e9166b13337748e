/** How a store of objects is asked over HTTP. Whoever opens one hands it in. */

/** Asks an address, guarded, repeating what may be repeated. Answers of 4xx are returned, those of 5xx thrown. */
export type Exchange = (url: string, request: ExchangeRequest) => Promise<ExchangeAnswer>

interface ExchangeRequest {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Requests that name the same one heed each other's `Retry-After`. */
  readonly credential: string
  /** Bytes as they were sent, not decompressed. */
  readonly isRaw: true
}

export interface ExchangeAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: Uint8Array
}
