/** For tests that ask the API as its administrator. */
import { admin, type Fixture } from '../fixture.ts'

export async function ask(
  { api }: Pick<Fixture, 'api'>,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  token = admin.token,
) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await api.inject({ method, url: `/api/v1/${url}`, headers, ...(payload && { payload }) })
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json(), text: answer.body }
}

/** What it answers where it succeeds. */
export async function made(...asked: Parameters<typeof ask>) {
  const { status, body, text } = await ask(...asked)
  if (status >= 300) throw new Error(`${asked[1]} ${asked[2]} was answered ${status}: ${text}`)
  return body
}

export async function tokenOf(fixture: Fixture, role: string): Promise<string> {
  return (await made(fixture, 'POST', 'tokens', { label: role, role })).text
}
