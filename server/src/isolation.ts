/** How well users' code is kept in, as people are told: what it might reach, and what to do about it. */

/** As the probes found it when the server started. */
interface ProbedIsolation {
  readonly level: 'full' | 'partial' | 'none'
  readonly probes: readonly { readonly name: string; readonly isHeld: boolean }[]
}

export interface ToldIsolation {
  readonly level: ProbedIsolation['level']
  /** Names of the probes that got out. */
  readonly notHeld: readonly string[]
  /** Null where everything is held. */
  readonly warning: string | null
}

const remedy =
  'Install bubblewrap and allow user namespaces, or let only people deploy code who may do all on this machine.'

export function tellIsolation({ level, probes }: ProbedIsolation): ToldIsolation {
  const notHeld = probes.filter(({ isHeld }) => !isHeld).map(({ name }) => name)
  return { level, notHeld, warning: warnings[level](notHeld.join(', ')) }
}

const warnings: Readonly<Record<ToldIsolation['level'], (notHeld: string) => string | null>> = {
  full: () => null,
  partial: (notHeld) => `Users’ code is kept in, but for ${notHeld}: a layer of its jail is missing. ${remedy}`,
  none: (notHeld) => `Users’ code is not kept in: nothing on this machine holds it back from ${notHeld}. ${remedy}`,
}
