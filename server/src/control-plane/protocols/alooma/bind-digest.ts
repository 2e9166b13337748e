/** The digest by e-mail: one channel of the workspace, known by its label. */
import type { Caller } from '../../operations/operation.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort } from './alooma-port.ts'

const label = 'Digest of Alooma’s settings'
const channelsMax = 1_000

export function bindDigest({ notificationChannels: channels }: Operations): Pick<AloomaPort, 'setMailDigest'> {
  const present = async (caller: Caller) =>
    (await channels.list(caller, { limit: channelsMax })).find((channel) => channel.label === label)

  return {
    async setMailDigest(caller, digest) {
      const channel = await present(caller)
      if (digest === null) {
        if (channel) await channels.delete(caller, channel.id)
        return
      }
      const { to, severityMin, every } = digest
      const wanted = { target: { kind: 'email', to }, severityMin, digest: every } as const
      if (channel) await channels.update(caller, channel.id, wanted)
      else await channels.create(caller, { label, ...wanted })
    },
  }
}
