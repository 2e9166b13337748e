/** Debian's Chromium, as far as it is installed, with a profile in a folder of its own. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium } from 'playwright-core'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

export const hasChromium = existsSync(executablePath)

export interface Profile {
  /** Opens the browser; what pages kept there before is there again. */
  open(): Promise<BrowserContext>
  remove(): Promise<void>
}

/** `host` is a name that leads to this machine, and that browsers do not take for a safe origin. */
export const unsafeHost = 'millrace.test'

export async function makeProfile(): Promise<Profile> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-chromium-'))
  return {
    open: () =>
      chromium.launchPersistentContext(folder, {
        executablePath,
        args: ['--no-sandbox', `--host-resolver-rules=MAP ${unsafeHost} 127.0.0.1`],
      }),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}
