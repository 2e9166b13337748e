/** A request as a protocol decodes it, whose body is joined of its pieces only if the protocol asks for it whole. */
import type { Body } from './body.ts'
import type { IngestRequest, RequestHead } from './protocol.ts'

export class ReadRequest implements IngestRequest {
  readonly method: string
  readonly route: string
  readonly params: IngestRequest['params']
  readonly query: string
  readonly headers: IngestRequest['headers']
  readonly scanner: IngestRequest['scanner']
  readonly access: IngestRequest['access']
  readonly input: IngestRequest['input']
  readonly #body: Body

  constructor(
    { method, route, params, query, headers }: RequestHead,
    body: Body,
    { scanner, access, input }: Pick<IngestRequest, 'scanner' | 'access' | 'input'>,
  ) {
    this.method = method
    this.route = route
    this.params = params
    this.query = query
    this.headers = headers
    this.scanner = scanner
    this.access = access
    this.input = input
    this.#body = body
  }

  get body(): Buffer {
    return this.#body.whole
  }

  get pieces(): readonly Buffer[] {
    return this.#body.pieces
  }
}
