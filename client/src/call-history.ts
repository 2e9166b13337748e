/** Calls as they were made, for whoever looks for a mistake: a line of JSON each, at the end of a file. Never a token or a body. */
import { appendFile, readFile } from 'node:fs/promises'

export interface CallRecord {
  /** ms since 1970 UTC. */
  readonly at: number
  readonly method: string
  readonly url: string
  /** Place of the token among those given, from 1. */
  readonly token: number
  /** Null where no answer came. */
  readonly status: number | null
  readonly tookMs: number
}

export interface CallHistory {
  /** Never fails: what cannot be noted is not. */
  add(call: CallRecord): Promise<void>
}

export function openCallHistory(file: string): CallHistory {
  return {
    async add(call) {
      await appendFile(file, `${JSON.stringify(call)}\n`, { mode: 0o600 }).catch(() => {})
    },
  }
}

/** Oldest first; none of a file that is not there. A line that is damaged is left out. */
export async function readCallHistory(file: string): Promise<CallRecord[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as CallRecord]
    } catch {
      return []
    }
  })
}
