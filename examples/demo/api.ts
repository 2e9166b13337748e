/** The few calls that the demo makes, by `fetch` alone: what any program can do. */

export interface DemoApi {
  query(sql: string): Promise<{ columns: { name: string; type: string }[]; rows: unknown[][] }>
  get(path: string): Promise<unknown>
  post(path: string, body?: unknown): Promise<unknown>
}

export function openDemoApi({ url, token }: { url: string; token: string }): DemoApi {
  const call = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
    const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response.json()
  }
  const json = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const post = (path: string, body: unknown = {}) => call('POST', path, json, JSON.stringify(body))
  return {
    query: async (sql) => (await post('/api/v1/query', { sql })) as Awaited<ReturnType<DemoApi['query']>>,
    get: (path) => call('GET', path, { authorization: `Bearer ${token}` }),
    post,
  }
}
