import { expect, test } from 'vitest'
import { fitMessage } from '../../bots/capabilities.ts'
import type { ApiClient } from '../../bots/client.ts'
import type { Message, Messenger } from '../../bots/messenger.ts'

const link = (url: string): Message => ({
  text: 'The books.',
  buttons: [
    [{ label: 'Open', url }],
    [{ label: 'Older', action: { do: 'history', of: 'group', cursor: '1' } }],
  ],
})
const shown = (message: Message, capabilities: Partial<Messenger['capabilities']>) =>
  fitMessage(
    message,
    async () => 'chat',
    { capabilities: { buttons: true, ...capabilities } } as Messenger,
    {} as ApiClient,
  )

test('a link that leads to this machine alone is written out where no button may hold it', async () => {
  const [local, lasting] = ['http://127.0.0.1:3000/session/x', 'https://pass.example.org/session/x'].map(link)
  if (!local || !lasting) throw new Error('none')
  expect(await shown(lasting, {})).toEqual(lasting)
  expect(await shown(local, { localLinks: true })).toEqual(local)
  expect(await shown(local, {})).toEqual({
    text: 'The books.\nOpen\nhttp://127.0.0.1:3000/session/x',
    buttons: [local.buttons?.[1]],
  })
})
