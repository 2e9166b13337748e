/** Sends an event and a value: MILLRACE_ENDPOINT=http://127.0.0.1:4700 MILLRACE_API_KEY=mlr_key_… node examples/sdk/send.ts */
import { createClient } from '@millrace/sdk'

await using client = createClient()
client.track('purchase', { user: 'Ada', items: ['tea', 'milk'], total: 7.5 })
client.log('temperature', 21.5)
