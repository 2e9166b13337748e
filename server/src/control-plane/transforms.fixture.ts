/** Users' code in tests of the control plane: a data plane that runs none, but refuses and answers as told by the code's text. */

import { MillraceError } from '../errors.ts'
import type { Diagnostic, TransformModule } from '../transform.ts'
import type {
  DryRunProgress,
  TestedEvent,
  TransformDraft,
  TransformState,
  WorkspaceTransforms,
} from './data-plane-transforms.ts'

export interface Asked {
  method: string
  workspace: string
  argument?: unknown
}

const transformState: TransformState = {
  state: 'running',
  version: null,
  reason: null,
  printed: 'seen an event\n',
  isolation: { level: 'full', probes: [{ name: 'open a socket', isHeld: true }] },
}

const dryRunProgress: DryRunProgress = {
  total: 3,
  done: 3,
  passed: 1,
  dropped: 1,
  failed: 1,
  reasons: [
    {
      stage: 'map',
      code: 'number_range',
      message: 'The number 1e400 is out of range',
      count: 1,
      examples: [{ offset: 41n, eventId: 'e1', eventType: 'click', message: 'The number 1e400 is out of range' }],
    },
  ],
}

const testedEvent: TestedEvent = {
  event: { eventType: 'click', eventId: 'e1', raw: Buffer.from('{"n":1}') },
  outputs: [{ eventType: 'click', time: 1_700_000_000_000, raw: Buffer.from('{"n":12345678901234567890}') }],
  printed: 'seen\n',
  runtimeMs: 0.4,
  fault: null,
  rows: [{ table: 'click', values: { n: '12345678901234567890' } }],
  addedColumns: [{ table: 'click', column: 'n', type: 'DECIMAL(38,0)' }],
  refusals: [],
}

/** Code that says `syntax error` does not compile; code that says `cannot start` does, and cannot be started when it is deployed. */
export function fakeTransforms(workspace: string, asked: Asked[], versions: Map<string, number>): WorkspaceTransforms {
  const note = (method: string, argument?: unknown) => {
    asked.push({ method: `transforms.${method}`, workspace, argument })
  }
  return {
    isolation: async () => transformState.isolation,
    async check(modules, order, loadedWith) {
      note('check', { modules, order, ...loadedWith })
      return modules.flatMap(mistakes)
    },
    async deploy(deployment) {
      note('deploy', deployment)
      if (says(deployment, 'cannot start')) throw new MillraceError('sandbox_unavailable', 'No process can be started')
      versions.set(workspace, deployment.version)
    },
    async resume() {
      note('resume')
    },
    state: async () => ({ ...transformState, version: versions.get(workspace) ?? null }),
    async test(request) {
      note('test', request)
      return { results: [testedEvent], leftOut: 2, stoppedBy: 'time' }
    },
    async dryRun(request, { onProgress }) {
      note('dryRun', request)
      onProgress({ ...dryRunProgress, done: 1, dropped: 0, failed: 0, reasons: [] })
      return dryRunProgress
    },
  }
}

function says({ modules }: Pick<TransformDraft, 'modules'>, text: string): boolean {
  return modules.some(({ code }) => code.includes(text))
}

function mistakes({ name, code }: TransformModule): Diagnostic[] {
  return code.split('\n').flatMap((line, index) => {
    const column = line.indexOf('syntax error') + 1
    return column === 0 ? [] : [{ module: name, line: index + 1, column, message: 'Unexpected identifier' }]
  })
}
