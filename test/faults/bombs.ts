/** Code of users that harms whoever runs it, when an event tells it to: by the names that the events give. */

export type Bomb = 'loop' | 'squares' | 'heap' | 'megabytes' | 'million' | 'python-loop' | 'python-heap'

/** Who stops one that fills memory, the memory's limit or the clock, depends on how fast the machine fills it. */
const tooMuch = ['transform_memory', 'transform_timeout', 'transform_error']

/** The codes with which an event of each may be set aside. */
export const bombCodes: Readonly<Record<Bomb, readonly string[]>> = {
  loop: ['transform_timeout'],
  squares: tooMuch,
  heap: tooMuch,
  megabytes: ['transform_output', ...tooMuch],
  million: ['transform_output'],
  'python-loop': ['transform_timeout'],
  'python-heap': tooMuch,
}

export const bombs = Object.keys(bombCodes) as Bomb[]

export const javascriptBombs = `
const bombs = {
  loop() { while (true); },
  squares() { let n = 3n; for (;;) n *= n },
  heap() { const kept = []; for (;;) kept.push(new Array(1000).fill(1.5)) },
  megabytes: () => ({ text: 'x'.repeat(1e8) }),
  million: (event) => new Array(1e6).fill(event),
}
export const transform = (event) => bombs[event.bomb]?.(event) ?? event
`

export const pythonBombs = `
def transform(event):
    bomb = event.get('bomb')
    if bomb == 'python-loop':
        while True:
            pass
    if bomb == 'python-heap':
        kept = []
        while True:
            kept.append(bytearray(1000000 * (len(kept) + 1)))
    return event
`
