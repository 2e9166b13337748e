/** What an operator says about a server that is reached by SSH, for files as for tunnels. */
import { z } from 'zod'
import { secret } from '../../../settings.ts'

export const sshLogin = {
  host: z.string().regex(/^[A-Za-z0-9.:_-]+$/, 'A name or an address'),
  port: z.int().min(1).max(65_535).default(22),
  username: z.string().min(1),
  password: secret('Instead of a key, or beside it').optional(),
  privateKey: secret('As ssh-keygen writes it').optional(),
  passphrase: secret('Of the private key').optional(),
  hostKey: z
    .string()
    .regex(/^(SHA256:[A-Za-z0-9+/]{43}|any)$/, 'SHA256:… as ssh-keygen -l shows it, or any')
    .describe('Fingerprint of the server’s key; any: whoever answers is believed'),
}

export type SshLogin = z.output<z.ZodObject<typeof sshLogin>>

export function hasProof({ password, privateKey }: { password?: unknown; privateKey?: unknown }): boolean {
  return (password ?? privateKey) !== undefined
}

export const sshTunnel = z
  .strictObject(sshLogin)
  .refine(hasProof, 'Give a password or a privateKey')
  .describe('A server of SSH by which the database is reached; host and port are as that one sees them')
