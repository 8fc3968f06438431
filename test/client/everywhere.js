/**
 * What `@passalong/client` has to do wherever it runs, by nothing but what all these places have; answers what came of it.
 * @param client its module
 * @param service where one is, the token of its app `shop`, which has some CREDIT, and an address where none is
 */
export async function everywhere(client, { url, token, nowhere }) {
  const { createClient, PassalongError, verifyWebhook, WebhookError } = client
  const passalong = createClient({ url, token })
  const shop = { messenger: 'app', id: 'shop' }
  const made = await passalong.transfers.create({ from: shop, amount: '1.50', note: '晚饭 🍜' })
  const { state } = await passalong.transfers.cancel(made.id, { by: shop })
  const ids = []
  for await (const { transfer } of passalong.people.history(shop, { limit: 1 })) ids.push(transfer.id)
  const refused = await failure(() => passalong.transfers.create({ from: shop, amount: '1000' }))
  const lost = await failure(() => createClient({ url: nowhere, token, retries: 0 }).people.balances(shop))

  const secret = `whsec_${btoa('a secret of a test, of 32 bytes.')}`
  const message = await signed(
    secret,
    JSON.stringify({ type: 'transfer.cancelled', data: { transfer: made } }),
  )
  const event = await verifyWebhook({ ...message, secret })
  const forged = await failure(() => verifyWebhook({ ...message, secret, body: `${message.body} ` }))
  return {
    state,
    isListed: ids.includes(made.id) && ids.length > 1,
    note: event.data.transfer.note,
    event: event.type,
    failures: [refused, lost].map((error) => error instanceof PassalongError && error.code),
    isForged: forged instanceof WebhookError,
  }
}

const failure = (call) =>
  call().then(
    () => undefined,
    (error) => error,
  )

async function signed(secret, body) {
  const [id, timestamp] = ['evt_1', Math.floor(Date.now() / 1000)]
  const bytes = Uint8Array.from(atob(secret.slice('whsec_'.length)), (character) => character.charCodeAt(0))
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const text = new TextEncoder().encode(`${id}.${timestamp}.${body}`)
  const signature = btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.sign('HMAC', key, text))))
  const headers = new Headers({
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  })
  return { headers, body }
}
