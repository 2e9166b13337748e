import { expect, test } from 'vitest'
import { mask, masked, unmasked } from './masking.ts'

const configuration = {
  hostname: 'h',
  port: 5439,
  password: 'p1',
  awsSecretAccessKey: 'p2',
  mixpanelApiKey: 'p3',
  serverSideEncryption: true,
  empty_token: '',
  fileFormat: '{"type": "delimited",  "delimiter": ","}',
  ssh: '{"server":"h","password":"p4"}',
  accounts: [{ user: 'a', secret: 'p5' }, { user: 'b' }],
  odd: '{not json',
}

test('what its name calls secret is masked, wherever it is; the rest stays byte for byte', () => {
  expect(masked(configuration)).toEqual({
    ...configuration,
    password: mask,
    awsSecretAccessKey: mask,
    mixpanelApiKey: mask,
    ssh: `{"server":"h","password":"${mask}"}`,
    accounts: [{ user: 'a', secret: mask }, { user: 'b' }],
  })
  expect(JSON.stringify(masked(configuration))).not.toMatch(/p[1-5]/)
})

test('a mask that comes back is what it hides, beside whatever changed', () => {
  expect(unmasked(masked(configuration), configuration)).toEqual(configuration)
  const shown = masked(configuration) as typeof configuration
  const changed = { ...shown, port: 1, password: 'new', ssh: `{"server":"other","password":"${mask}"}` }
  expect(unmasked(changed, configuration)).toEqual({
    ...configuration,
    port: 1,
    password: 'new',
    ssh: '{"server":"other","password":"p4"}',
  })
})
