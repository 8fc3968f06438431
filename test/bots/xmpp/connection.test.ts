import { once } from 'node:events'
import { type AddressInfo, connect as connectTo, createServer, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { xml } from '@xmpp/client'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../../bots/xmpp/connection.ts'
import { xmpp } from '../../../bots/xmpp/index.ts'
import { messageTo } from '../../../bots/xmpp/stanzas.ts'
import { makeCertificate } from '../../support/server.ts'
import { BOT, openClub } from '../../support/xmpp/club.ts'
import { DOMAIN, hasProsody, startProsody } from '../../support/xmpp/prosody.ts'

const settingsFor = (service: string, local = 'passalong') => ({
  local,
  domain: DOMAIN,
  password: 'secret',
  service,
  rooms: [],
})

describe.runIf(hasProsody)('The connection to an XMPP server', () => {
  test('that ends is opened again: rooms are entered anew, also those that the server has not kept', async () => {
    const club = await openClub({ prosody: { keepsBookmarks: false } })
    onTestFinished(club.close)
    const ada = await club.person('ada')
    const room = await club.room(ada)
    await club.prosody.kill()
    await club.prosody.start()
    const again = await club.person('again', '5')
    again.tells(BOT, '/balance')
    await again.reads('5.00 CREDIT')
    await again.join(room, 'again')
    await expect.poll(() => again.present.has(`${room}/passalong`)).toBe(true)
    expect((await again.answer(() => again.says(room, '/balance'), 'private')).text).toContain('5.00')
    expect(club.errors()).toEqual([])
  })

  test('is encrypted by a certificate that is checked, and no password leaves this machine without', async () => {
    const { cert, key } = await makeCertificate()
    const prosody = await startProsody({ certificate: { cert, key } })
    onTestFinished(prosody.close)
    await prosody.account('passalong', 'secret')
    const service = `xmpp://127.0.0.1:${prosody.port}`
    await expect(connect(settingsFor(service), () => {})).rejects.toThrow(/certificate/)
    const before = getCACertificates()
    onTestFinished(() => setDefaultCACertificates(before))
    setDefaultCACertificates([...before, cert])
    const connection = await connect(settingsFor(service), () => {})
    await connection.close()

    const open = await startProsody()
    onTestFinished(open.close)
    await open.account('passalong', 'secret')
    // Another name of this machine that nobody can know to be one.
    await expect(connect(settingsFor(`xmpp://0.0.0.0:${open.port}`), () => {})).rejects.toThrow(
      'offers no TLS',
    )
    await (await connect(settingsFor(`xmpp://127.0.0.1:${open.port}`), () => {})).close()
  })

  test('with a wrong password is given up, and the log names the setting', async () => {
    const club = await openClub({ environment: { XMPP_PASSWORD: 'wrong' } })
    onTestFinished(club.close)
    await expect.poll(() => club.errors().join()).toContain('XMPP_PASSWORD: the server does not take it')
    expect(club.errors()).toHaveLength(1)
  })

  test('reads letters that come in pieces', async () => {
    const prosody = await startProsody()
    onTestFinished(prosody.close)
    for (const name of ['one', 'two']) await prosody.account(name, 'secret')
    const drip = await byteByByte(prosody.port)
    onTestFinished(drip.close)
    const heard: string[] = []
    const [one, two] = await Promise.all([
      connect(settingsFor(`xmpp://127.0.0.1:${prosody.port}`, 'one'), () => {}),
      connect(settingsFor(`xmpp://127.0.0.1:${drip.port}`, 'two'), (stanza) =>
        heard.push(stanza.getChildText('body') ?? ''),
      ),
    ])
    await two.send(xml('presence'))
    const text = '午饭 🍜 für Zoë'
    await one.send(messageTo(`two@${DOMAIN}`, { id: '1', type: 'chat', text: `${text}\u0007` }))
    await expect.poll(() => heard).toContain(text)
    await Promise.all([one.close(), two.close()])
  })
})

test('that breaks on its way is an error like others, and not the end of the service', async () => {
  const header = `<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1'>`
  const ways: ((socket: Socket) => void)[] = [
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.once('data', () => socket.resetAndDestroy()),
    (socket) => socket.end(),
    (socket) => socket.once('data', () => socket.end()),
    (socket) => socket.once('data', () => socket.end(header)),
    (socket) => socket.once('data', () => socket.end(`${header}<stream:features/>`)),
    (socket) => socket.once('data', () => socket.end(`${header}</stream:stream>`)),
  ]
  for (const breaks of ways) {
    const server = createServer(breaks).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await expect(connect(settingsFor(`xmpp://127.0.0.1:${port}`), () => {})).rejects.toThrow()
    server.close()
  }
})

test('its settings are an account, its password, and perhaps rooms', () => {
  const read = (set: Record<string, string>) => xmpp.settings.safeParse(set)
  const account = { XMPP_ADDRESS: BOT, XMPP_PASSWORD: 'secret' }
  expect(read({}).data).toBeUndefined()
  expect(read({ ...account, XMPP_ROOMS: 'a@conference.example.org, b@conference.example.org' }).data).toEqual(
    {
      local: 'passalong',
      domain: DOMAIN,
      password: 'secret',
      service: undefined,
      rooms: ['a@conference.example.org', 'b@conference.example.org'],
    },
  )
  for (const wrong of [
    { XMPP_ADDRESS: BOT },
    { ...account, XMPP_ADDRESS: 'Passalong@example.org' },
    { ...account, XMPP_ADDRESS: 'example.org' },
    { ...account, XMPP_ROOMS: 'a' },
    { ...account, XMPP_SERVICE: 'http://example.org' },
  ])
    expect(read(wrong).success, JSON.stringify(wrong)).toBe(false)
})

/** A way to a port on which each byte comes by itself, but for the `?>` of the XML declaration, which the library's parser needs whole. */
async function byteByByte(port: number) {
  const server = createServer((client) => {
    const upstream = connectTo(port, '127.0.0.1')
    client.pipe(upstream)
    client.setNoDelay(true)
    let sent: Promise<unknown> = Promise.resolve()
    upstream.on('data', (data) => {
      for (const piece of data.toString('latin1').match(/\?>|[^]/g) ?? []) {
        const bytes = Buffer.from(piece, 'latin1')
        sent = sent.then(() => new Promise((resolve) => client.write(bytes, () => setImmediate(resolve))))
      }
    })
    upstream.on('end', () => void sent.then(() => client.end())).on('error', () => client.destroy())
    client.on('error', () => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() }
}
