/** Tells listeners. A listener that throws harms nobody. */
import type { ClientEvents, Logger } from './types.ts'

export interface Emitter {
  on<Name extends keyof ClientEvents>(name: Name, listener: ClientEvents[Name]): () => void
  /** Returns whether anybody listens. */
  emit<Name extends keyof ClientEvents>(name: Name, ...about: Parameters<ClientEvents[Name]>): boolean
}

type Listener = (...about: unknown[]) => void

export function openEmitter(logger: Logger): Emitter {
  const listeners = new Map<string, Set<Listener>>()
  return {
    on(name, listener) {
      const own = listeners.get(name) ?? new Set<Listener>()
      listeners.set(name, own.add(listener as Listener))
      return () => own.delete(listener as Listener)
    },
    emit(name, ...about) {
      const own = [...(listeners.get(name) ?? [])]
      for (const listener of own) {
        try {
          listener(...about)
        } catch (error) {
          logger.error(`A listener of "${name}" threw: ${String(error)}`)
        }
      }
      return own.length > 0
    },
  }
}
