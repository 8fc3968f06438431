import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createBot } from '../../bots/bot.ts'
import type { DrawnCard } from '../../bots/card.ts'
import type { Description } from '../../bots/description.ts'
import { openLifecycle } from '../../bots/lifecycle.ts'
import type { Messenger, Person } from '../../bots/messenger.ts'
import { messengers } from '../../bots/registry.ts'
import { commandIn } from '../../bots/typed-command.ts'
import { newSecret } from '../../src/access/codes.ts'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/operations/log.ts'
import { startService } from '../../src/service.ts'
import { freshDatabase } from '../support/database.ts'
import { clientOf, makeTokenIn } from '../support/service.ts'

/** A messenger as its folder would describe it: letters on a wall, without handles and buttons, that stay as they are. */
function describeWall() {
  const posted: { chat: string; card: DrawnCard }[] = []
  const told: string[] = []
  let say: (person: Person, chat: string, text: string, key: string) => Promise<void> = async () => {}
  const capabilities = { handles: false, redraw: 'never', buttons: false, language: 'zh-Hans' } as const
  const redrawn: string[] = []

  const wall: Description<{ colour: string }> = {
    name: 'wall',
    needs: 'WALL_COLOUR',
    settings: z
      .object({ WALL_COLOUR: z.enum(['red', 'blue'], { error: 'must be red or blue' }).optional() })
      .transform(({ WALL_COLOUR: colour }) => (colour ? { colour } : undefined)),
    capabilities,
    async create({ api, log, settings }) {
      const messenger: Messenger = {
        name: 'wall',
        capabilities,
        async post(card, { chat }) {
          posted.push({ chat, card })
          return { chat, message: `${settings.colour}#${posted.length}` }
        },
        privateChat: async ({ id }) => id,
        async redraw(place) {
          redrawn.push(place.message)
        },
        async sendPrivately(_, { text }) {
          told.push(text)
        },
        ping: async () => {},
        isAdmin: async () => false,
        isMember: async () => undefined,
      }
      const bot = createBot(api, messenger, log)
      const lifecycle = openLifecycle(api, messenger, log)
      say = async (person, chat, text, key) => {
        const kind = chat === person.id ? 'private' : 'group'
        const command = commandIn(text, { isPrivate: kind === 'private', hasChoices: true })
        if (!command) return
        const target = { chat }
        const { answered } = await bot.dispatch(
          command.name,
          { person, chat: { id: chat, kind }, target, language: 'en', key, words: command.words },
          {
            post: (card) => messenger.post(card, target),
            say: async ({ text: words }) => void told.push(words),
          },
        )
        await answered
      }
      return {
        app: new Hono().get('/wall', (c) => c.text(settings.colour)),
        start: async () => lifecycle.serve(bot, { title: 'Wall', link: 'https://wall.example' }),
        stop: () => lifecycle.stop(() => {}),
      }
    },
  }
  const speak = (...said: Parameters<typeof say>) => say(...said)
  return { wall, posted, told, redrawn, speak }
}

test('a messenger is one description: its settings, its role, its routes, what it can do, and its ids', async () => {
  const { wall, posted, told, redrawn, speak } = describeWall()
  const known = [...messengers, wall]
  const database = await freshDatabase()
  onTestFinished(database.drop)
  const env = { DATABASE_URL: database.url, SECRET_KEY: newSecret(), PORT: '0' }
  expect(() => readConfig({ ...env, ROLES: 'wall' }, known)).toThrow(
    'ROLES: wall needs WALL_COLOUR to be set.',
  )
  expect(() => readConfig({ ...env, WALL_COLOUR: 'pink' }, known)).toThrow('WALL_COLOUR: must be red or blue')
  expect(() => readConfig({ ...env, ROLES: 'fence' }, known)).toThrow(/some of .*playground,wall/)
  const config = readConfig({ ...env, WALL_COLOUR: 'red' }, known)
  expect(config.roles).toEqual(new Set(['api', 'worker', 'wall']))

  const log: string[] = []
  const service = await startService(
    config,
    openLog((line) => void log.push(line)),
    undefined,
    known,
  )
  onTestFinished(service.close)
  const token = await makeTokenIn(database.url, 'test')
  const client = clientOf((path, init) => fetch(service.url + path, init), token)
  expect(await (await fetch(`${service.url}/wall`)).text()).toBe('red')
  expect((await fetch(`${service.url}/playground/style.css`)).status).toBe(404)

  const ada = { messenger: 'wall', id: '@ada:wall.example/1' }
  const ben = { messenger: 'wall', id: 'ben@wall.example' }
  await client.issue(ada, '10')
  await speak(ada, 'room@wall.example/a b'.replace(' ', '+'), '/send 2 lunch', 'one')
  const [{ card } = { card: undefined }] = posted
  expect(card).toMatchObject({ amount: '2.00 CREDIT', buttons: [], choices: ['/1 – Collect', '/2 – Cancel'] })

  // Nobody has a handle there, so a name is asked back, and nothing is sent.
  await speak(ada, 'room@wall.example/a+b', '/send 2 @ben', 'two')
  expect(told.at(-1)).toContain('@ben')
  expect(posted).toHaveLength(1)

  await speak(ben, 'room@wall.example/a+b', `/collect ${card?.code}`, 'three')
  expect(await client.balance(ben)).toBe('2.00')
  // A choice is made by the number that stands for a button, in the chat in which it does: this one is asked in private.
  await speak(ada, 'room@wall.example/a+b', '/send 1 tea', 'four')
  await speak(ada, 'room@wall.example/a+b', '/send 3 cake', 'five')
  await speak(ada, 'room@wall.example/a+b', '/cancel', 'six')
  expect(told.at(-1)?.split('\n')).toEqual([
    'Several are waiting to be collected. Which one?',
    '/8 – Cancel 3.00 CREDIT cake',
    '/9 – Cancel 1.00 CREDIT tea',
  ])
  await speak(ada, 'room@wall.example/a+b', '/9', 'seven')
  expect(told.at(-1)).toMatch(/^Nothing here has the number 9:/)
  expect(await client.balance(ada)).toBe('4.00')
  await speak(ada, ada.id, '9', 'eight')
  expect(await client.balance(ada)).toBe('5.00')

  // Who speaks which language nobody has said, so it is the messenger's.
  await expect.poll(() => told.some((text) => /领取/.test(text)), { timeout: 10_000 }).toBe(true)
  expect(redrawn).toEqual([])
  expect(log.filter((line) => line.includes('"level":"error"'))).toEqual([])
}, 60_000)

test('each folder of a messenger stands in the registry, under its own name', () => {
  const folders = readdirSync(new URL('../../bots/', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !['commands', 'texts'].includes(entry.name))
    .map(({ name }) => name)
  expect(messengers.map(({ name }) => name).toSorted()).toEqual(folders.toSorted())
})

const NAMED = {
  mention: 'picked as a mention',
  menu: 'as a mention, or by a menu',
  address: 'by name in a room or address',
  account: 'by account',
  nobody: 'nobody',
}

test('the docs say of each messenger what it says of itself, and how it is set up', () => {
  const docs = new URL('../../docs/messengers/', import.meta.url)
  const rows = readFileSync(new URL('README.md', docs), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()))
  const said = messengers.map(({ name, capabilities: { buttons, handles, named, redraw } }) => [
    name,
    buttons ? 'buttons' : 'typed numbers',
    handles ? 'by handle' : NAMED[named ?? 'mention'],
    { always: 'always', while: 'for a while', 'on tap': 'when tapped', never: 'never' }[redraw],
  ])
  expect(rows.map((cells) => cells.slice(1, 5))).toEqual(expect.arrayContaining(said))
  expect(rows).toHaveLength(said.length)
  for (const [, , , , , how = ''] of rows) {
    const [, path] = /\((.*?)(?:#.*)?\)/.exec(how) ?? []
    if (path) expect(existsSync(new URL(path, docs)), how).toBe(true)
    else expect(how).toBe('`npm start`')
  }
})
