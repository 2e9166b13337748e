/** Modules of code, trials and secrets: bound to the operations of the code engine. */
import { parseExactly } from '../../../exact-json.ts'
import type { TestedEvent } from '../../data-plane-transforms.ts'
import type { Operations } from '../../operations/operations.ts'
import type { AloomaPort, SampleEvent, TestedCode } from './alooma-port.ts'

type TransformPort = Pick<
  AloomaPort,
  'modules' | 'putModules' | 'deleteModule' | 'testModules' | 'secrets' | 'putSecrets' | 'deleteSecret'
>

const message = 'By a client of Alooma'
/** Of an event that does not say what it is. */
const testedType = 'sample'

export function bindTransforms({ transforms, transformTrials, secretsOfCode }: Operations): TransformPort {
  return {
    async modules(caller) {
      const modules = await transforms.modules(caller)
      return Promise.all(modules.map(({ name }) => transforms.module(caller, name)))
    },
    async putModules(caller, modules) {
      await transforms.deploy(caller, { modules, message })
    },
    async deleteModule(caller, name) {
      await transforms.deleteModule(caller, name, { message })
    },
    async testModules(caller, modules, sample) {
      const source = { events: [rawEventOf(sample)] }
      const {
        results: [tested],
      } = await transformTrials.test(caller, {
        ...(modules.length > 0 && { modules }),
        source,
        withMapping: false,
      })
      return testedCodeOf(tested!, sample)
    },
    secrets: async (caller) => (await secretsOfCode.list(caller)).map(({ name }) => name),
    async putSecrets(caller, secrets) {
      for (const [name, value] of Object.entries(secrets)) await secretsOfCode.put(caller, name, { value, message })
    },
    async deleteSecret(caller, name) {
      await secretsOfCode.delete(caller, name, { message })
    },
  }
}

function rawEventOf({ _metadata: metadata, ...data }: SampleEvent) {
  const known = isObject(metadata) ? metadata : {}
  const text = (name: string) => (typeof known[name] === 'string' && known[name] !== '' ? known[name] : undefined)
  const [eventId, input, timestamp] = [text('@uuid'), text('input_label'), text('@timestamp')]
  const time = timestamp === undefined ? Number.NaN : Date.parse(timestamp)
  const restreamCount = known['restream_count']
  return {
    eventType: text('event_type') ?? testedType,
    raw: Buffer.from(JSON.stringify(data)),
    ...(eventId !== undefined && { eventId }),
    ...(input !== undefined && { input }),
    ...(Number.isFinite(time) && { time }),
    ...(typeof restreamCount === 'number' && { restreamCount }),
  }
}

/** The metadata comes back where the sample had some, with the event type that the code gave it. */
function testedCodeOf({ outputs, printed, runtimeMs, fault }: TestedEvent, sample: SampleEvent): TestedCode {
  const metadata = isObject(sample['_metadata']) ? sample['_metadata'] : undefined
  const results = outputs.map(({ eventType, raw }) => {
    const data = parseExactly(Buffer.from(raw).toString()) as SampleEvent
    const isTold = metadata !== undefined || eventType !== testedType
    return isTold ? { ...data, _metadata: { ...metadata, event_type: eventType } } : data
  })
  if (fault === null) return { printed, results, runtimeMs }
  const place = fault.line === undefined ? '' : ` (module ${fault.module ?? 'main'}, line ${fault.line})`
  return { printed, results: [], runtimeMs, error: `${fault.message}${place}` }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
