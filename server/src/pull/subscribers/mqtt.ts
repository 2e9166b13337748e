/**
 * MQTT 3.1.1: subscribes to topics of a broker. A message of QoS 1 or 2 is acknowledged only when the log has it durably; the
 * session outlives connections and restarts, so the broker keeps what comes meanwhile. A message may come twice (QoS 1).
 */
import type { InputSnapshot } from '../../inputs.ts'
import type { Subscriber, SubscriberTools, Subscription } from '../subscriber.ts'
import { type MqttSettings, mqttSettings } from './mqtt-settings.ts'

export const mqtt: Subscriber = {
  title: 'MQTT',
  settings: mqttSettings,
  keys: 'none',
  subscribe: subscribeLater,
}

/** The client is read from the disk only by who has a broker. */
function subscribeLater(input: InputSnapshot, tools: SubscriberTools): Subscription {
  const begun = import('./mqtt-connection.ts').then(({ subscribe }) =>
    subscribe(input, input.settings as unknown as MqttSettings, tools),
  )
  begun.catch(({ message }: Error) => tools.report({ state: 'failed', reason: message }))
  return {
    close: () =>
      begun.then(
        ({ close }) => close(),
        () => {},
      ),
  }
}
