/** Passalong with its Discord bot in a server, and people in it. Each test ends with a look at the calls that the bot made. */
import { test as base, expect } from 'vitest'
import { PUBLIC_URL, startTestService } from '../service.ts'
import { type Deed, type Person, type SeenMessage, startFakeDiscord } from './index.ts'

export const identityOf = ({ id }: Person) => ({ messenger: 'discord', id })

export const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern
  .extend('fake', { scope: 'file' }, async ({}, { onCleanup }) => {
    const fake = await startFakeDiscord()
    onCleanup(() => fake.stop())
    return fake
  })
  .extend('service', { scope: 'file' }, async ({ fake }, { onCleanup }) => {
    const service = await startTestService({
      roles: 'api,worker,discord',
      environment: { DISCORD_BOT_TOKEN: fake.token, DISCORD_API_ROOT: fake.url, PUBLIC_URL },
    })
    onCleanup(() => service.close())
    await fake.until(() => fake.commands.length > 0)
    return service
  })
  /** Somebody who has 100 CREDIT. */
  .extend('person', ({ fake, service }) => async (username: string, more: { locale?: string } = {}) => {
    const name = `${username.slice(0, 1).toUpperCase()}${username.slice(1)}`
    const person = fake.user({ username, global_name: name, ...more })
    await service.client.issue(identityOf(person), '100')
    return person
  })
  .extend('ada', ({ person }) => person('ada'))
  .extend('ben', ({ person }) => person('ben', { locale: 'zh-CN' }))
  .extend('club', ({ fake, ada, ben }) => fake.guild({ name: 'Club', owner: ada, members: [ben] }))
  .extend(
    'balance',
    ({ service }) =>
      (person: Person) =>
        service.client.balance(identityOf(person)),
  )
  /** What somebody alone is told besides the reply: the answer to a tap, or why nothing came of a command. */
  .extend('told', ({ fake }) => async (deed: Deed): Promise<SeenMessage> => {
    const answer = await deed.answer()
    const told = await fake.until(() => answer.followUps[0])
    if (!told?.ephemeral) throw new Error(`all could read: ${told?.text}`)
    return told
  })
  .extend('clean', { auto: true }, async ({ fake, service }, { onCleanup }) => {
    onCleanup(() => {
      expect(fake.breaches).toEqual([])
      expect(service.log.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([])
    })
  })
