/** The events that producers send: each is made from a seed and a number, always the same. Some cannot become rows. */

/** `good` becomes a row; the others are kept in the restream queue, by the mapper or by the intake. */
export type Kind = 'good' | 'out of range' | 'unreadable'

export function kindOf(n: number): Kind {
  if (n % 400 === 41) return 'out of range'
  return n % 400 === 233 ? 'unreadable' : 'good'
}

/** The event as it was meant, where nothing is wrong with it. */
export function eventOf(seed: number, n: number): Record<string, unknown> {
  const random = mulberry(seed * 1_000_003 + n)
  const event: Record<string, unknown> = {
    id: `${seed}-${n}`,
    n,
    ratio: random(),
    words: `${[...'äöü€𝄞 "\\\n'].slice(0, 1 + Math.floor(random() * 9)).join('')}${Math.floor(random() * 1e9)}`.trim(),
    happened: new Date(1.7e12 + Math.floor(random() * 1e10)).toISOString(),
    nested: { flag: random() < 0.5, list: [n, n + 1] },
  }
  if (n % 500 === 17) event[`field_${Math.floor(n / 2000) % 100}`] = n // tables go on growing columns for a while
  return event
}

/** The event as it is sent, one line. */
export function lineOf(seed: number, n: number): string {
  const line = JSON.stringify(eventOf(seed, n))
  if (kindOf(n) === 'out of range') return line.replace(/"ratio":[^,]+/, '"ratio":1e400')
  return kindOf(n) === 'unreadable' ? line.slice(0, -5) : line
}

/** Number of the event whose line this is. */
export function numberOf(line: string): number {
  return Number(/"n":(\d+)/.exec(line)?.[1] ?? -1)
}

/** A small generator with a seed: uniform in [0, 1). */
export function mulberry(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
