/** Users of the workspace (ALOOMA-61, 62). */
import { z } from 'zod'
import { type AloomaParts, type On, readBody } from './route.ts'

const newUser = z.object({
  email: z
    .string()
    .max(254)
    .regex(/^[^\s@]+@[^\s@]+$/, 'has to be an e-mail address'),
})
const usersMax = 10_000
/** Alooma knew no roles: whoever was added could work on the pipeline. */
const role = 'editor'

export function userRoutes(on: On, { operations: { users } }: AloomaParts): void {
  /** Clients of before and of later ask for the one or the other. */
  for (const path of ['/users', '/user']) {
    on('GET', path, 'users:read', async ({ caller }) =>
      (await users.list(caller, { limit: usersMax })).map(({ id, email, role }) => ({ id, email, role })),
    )
    /** Nobody is sent a mail: the password is told here, once. */
    on('POST', path, 'users:write', async ({ caller, body }) => {
      const { user, password } = await users.invite(caller, { email: readBody(newUser, body).email, role })
      return { id: user.id, email: user.email, role: user.role, ...(password !== undefined && { password }) }
    })
  }
}
