import { expect, test } from 'vitest'
import { styler } from './output.ts'
import { planText } from './plan-text.ts'

const plan = {
  changes: [
    {
      ...{ kind: 'input', name: 'shop\u001b[2J', action: 'create' },
      fields: [{ field: 'type', before: undefined, after: 'native', isSecret: false }],
    },
  ],
  ...{ kept: [], notes: ['not valid yet'], baseVersion: '1' },
} as unknown as Parameters<typeof planText>[0]

test('a plan has colours on a terminal, and no sequence of what it tells of drives the terminal', () => {
  const text = planText(plan, styler({ isTTY: true } as never, {}))
  expect(text).toContain('\u001b[32m+ input "shop')
  expect(text).toContain('\u001b[33mNote: not valid yet')
  expect(text).not.toContain('\\u001b[32m')
  expect(text).not.toContain('\u001b[2J')
})
