/** What runs users' code, by the names that deployments are split into stages with. Apart from the catalog, which its thread need not load. */
import type { Sandbox } from './transform/sandbox.ts'
import { javascript } from './transform/sandboxes/javascript.ts'
import { python } from './transform/sandboxes/python.ts'

export const sandboxes = { javascript, python } as const satisfies Record<string, Sandbox>
