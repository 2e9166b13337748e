/**
 * A connector in a package of its own: a shop's API with two resources, tokens that expire and pages. Each resource goes on from where
 * it ended itself; a token that is refused in the middle is renewed, saved, and the page asked for again.
 */
import {
  bodyOf,
  type ConnectorContext,
  defineConnector,
  NotRetryable,
  type Row,
  renewAccess,
  secret,
  z,
} from '@millrace/server/connector-kit'

const resources = ['orders', 'customers'] as const

const settings = z.strictObject({
  url: z.url().describe('Address of the shop'),
  clientId: z.string().min(1).describe('As the shop knows this connection'),
  refreshToken: secret('Access tokens are had by it'),
  accessToken: secret('The last one; it is renewed where it is refused').optional(),
  resources: z.array(z.enum(resources)).min(1).default(['orders']).describe('What is fetched'),
})
type Settings = z.output<typeof settings>

/** A member for each resource, so that none erases another's. */
const state = z.object({
  orders: z.number().default(0).describe('Id of the last one'),
  customers: z.number().default(0).describe('Id of the last one'),
})

const page = z.object({
  total: z.number(),
  items: z.array(z.looseObject({ id: z.number(), changed: z.iso.datetime().optional() })),
})

const shop = defineConnector({
  title: 'Shop',
  icon: 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"%3E%3Cpath d="M3 8h18l-2 12H5z"/%3E%3C/svg%3E',
  settings,
  state,
  isByDate: false,

  async discover(given, context) {
    const shown = await openShop(given, { ...context, async saveSettings() {} }).get('resources')
    return z
      .array(z.object({ id: z.string(), fields: z.array(z.object({ name: z.string(), type: z.string() })) }))
      .parse(shown)
      .map(({ id, fields }) => ({ id, title: id, fields, available: resources.some((one) => one === id) }))
  },

  async *read(given, done, context) {
    const { get, close } = openShop(given, context)
    try {
      let loaded = 0
      for (const resource of given.resources) {
        for (let after = done[resource]; ; ) {
          const { total, items } = page.parse(await get(resource, { after }))
          after = items.at(-1)?.id ?? after
          yield {
            drafts: items.map((item) => ({
              type: resource,
              id: `${resource}-${item.id}-${item.changed ?? ''}`,
              ...(item.changed !== undefined && { time: Date.parse(item.changed) }),
              data: item as Row,
            })),
            state: { [resource]: after },
            raw: {
              name: `${resource}.json`,
              contentType: 'application/json',
              bytes: Buffer.from(JSON.stringify(items)),
              metadata: { resource, after, total },
            },
          }
          loaded += items.length
          context.progress(loaded, undefined, resource)
          if (items.length === 0 || after >= total) break
        }
      }
    } finally {
      close() // however it ends
    }
  },
})

export const connectors = { shop }

/** One for a run: it knows the token. */
function openShop(
  given: Settings,
  { http, log, saveSettings }: Pick<ConnectorContext, 'http' | 'log' | 'saveSettings'>,
) {
  let { accessToken, refreshToken } = given

  async function renew(): Promise<void> {
    const grant = { tokenUrl: new URL('token', given.url).href, clientId: given.clientId, clientIn: 'body' as const }
    // Three tries; what fails then no repeat of the job helps.
    const access = await renewAccess({ ...grant, refreshToken }, http, Date.now)
    accessToken = access.accessToken
    refreshToken = access.refreshToken ?? refreshToken
    await saveSettings({ accessToken, refreshToken })
    log.info('the token was renewed')
  }

  return {
    async get(path: string, query: Record<string, number> = {}): Promise<unknown> {
      if (accessToken === undefined) await renew()
      const ask = () =>
        http.request(new URL(path, given.url).href, {
          query,
          headers: { authorization: `Bearer ${accessToken}` },
          credential: given.clientId,
        })
      let answer = await ask()
      if (answer.status === 401) {
        await renew()
        answer = await ask()
      }
      if (answer.status === 402) throw new NotRetryable('The shop’s plan has no API')
      return bodyOf(answer, path)
    },
    close: () => log.info('the shop is left'),
  }
}
