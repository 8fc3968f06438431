import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { texts } from '../../../bots/texts/index.ts'
import { type Club, called, openClub, transferOf } from '../../support/slack/club.ts'

const t = texts('en')
const YOURS = '20.00 CREDIT is yours.'

describe('Slack', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => {
    const { breaches, late, floods } = club.fake
    expect([...breaches, ...late, ...floods, ...club.errors()]).toEqual([])
  })

  test('a command makes a card in its channel with the picture of the link; whoever taps has it, and the card says so', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.types(ada, group, '/send', '20 lunch'))
    const { link } = await club.service.client.transfer(transferOf(card))
    for (const part of ['20.00 CREDIT', `${called(ada)} → `, 'lunch', link]) expect(card.read).toContain(part)
    expect(card.picture).toBe(`${link}/qr.png`)
    expect(card.text).toContain('20.00 CREDIT')
    expect(card.labels).toEqual(['Collect', 'Open link', 'Cancel'])
    expect(await fake.taps(ben, card, 'Collect')).toBe(YOURS)
    await club.reads(card, `✅ ${called(ben)} has collected it`)
    expect(card.picture).toBeUndefined()
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('what people write is only text on cards and in answers, and in notifications', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const note = '<!channel> *bold* <https://evil.example|here> & `x`'
    const card = await club.card(group, () => fake.types(ada, group, '/send', `5 ${note}`))
    expect(card.read).toContain('<!channel> *bold* <')
    expect(card.mentioned).toEqual([])
    const stranger = fake.user('<!here> Eve', fake.acme)
    group.members.push(stranger)
    await fake.taps(stranger, card, 'Collect')
    await club.reads(card, '<!here> Eve')
    expect(card.text).not.toContain('<!here>')
  })

  describe('knows whom a transfer is for by their id', () => {
    test('who is picked from the list is mentioned on the card, and has one in private; a stranger’s tap is told no', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const cy = fake.user('Cy', fake.acme)
      const card = await club.card(group, () => fake.types(ada, group, '/send', ['20 ', ben, ' lunch']))
      expect(card.mentioned).toEqual([ben.id])
      const own = await fake.until(() => fake.cards(fake.privateChat(ben))[0])
      expect(await fake.taps(cy, card, 'Collect')).not.toBe(YOURS)
      expect(await fake.taps(ben, own, 'Collect')).toBe(YOURS)
      await Promise.all([card, own].map((one) => club.reads(one, 'has collected it')))
      expect(await club.balance(ben)).toBe('120.00')
    })

    test('a name typed by hand is asked back with how to pick somebody, and nothing is sent; one that Slack makes a mention of is that person', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const typed = ['20 @benny lunch', '20 to @Ben-Lee', '20 <@U0NOBODY>', '20 @here']
      for (const words of typed)
        expect(await club.answer(group, ada, () => fake.types(ada, group, '/send', words))).toContain(
          'Pick one person',
        )
      const unknown = fake.user('Gone', fake.acme)
      fake.world.users.splice(fake.world.users.indexOf(unknown), 1)
      expect(
        await club.answer(group, ada, () => fake.types(ada, group, '/send', ['20 ', unknown])),
      ).toContain('in the menu of a message of theirs')
      expect(fake.cards(group)).toEqual([])
      expect(await club.balance(ada)).toBe('100.00')
      ben.username = 'ben.lee'
      const card = await club.card(group, () => fake.types(ada, group, '/send', '20 @ben.lee lunch'))
      expect(card.mentioned).toEqual([ben.id])
    })

    test('an app is nobody', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const app = fake.user('Another app', fake.acme, { isBot: true })
      const told = await club.answer(group, ada, () => fake.types(ada, group, '/send', ['20 ', app]))
      expect(told).toMatch(/bot/i)
      expect(await club.balance(ada)).toBe('100.00')
    })
  })

  test('what is wrong is told to the sender alone; any command is one of /pass, also those whose names are Slack’s own', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const wrong = await club.other(group, ada, () => fake.types(ada, group, '/send', '1900'))
    expect(wrong.reader).toBe(ada)
    expect(fake.others(group, ben)).toEqual([])
    expect(await club.answer(group, ada, () => fake.types(ada, group, '/pass', ''))).toContain('/send')
    expect(
      await club.answer(group, ada, () => fake.types(ada, group, '/pass', 'feedback more colours')),
    ).not.toContain('/send')
    const card = await club.card(group, () => fake.types(ada, group, '/pass', ['send 20 ', ben]))
    expect(card.mentioned).toEqual([ben.id])
    const { code } = await club.service.client.transfer(transferOf(card))
    expect(await club.answer(group, ben, () => fake.types(ben, group, '/collect', code))).toContain('20.00')
  })

  test('in a thread a mention of the bot gives a command, and is answered there; without the bot nothing is one', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const thread_ts = fake.world.newTs()
    const card = await club.card(group, () =>
      fake.says(ada, group, ['转账 20 给 ', ben, ' 午饭'], { thread_ts }),
    )
    expect([card.thread, card.mentioned]).toEqual([thread_ts, [ben.id]])
    expect(card.read).toContain('午饭')
    const told = await club.other(group, ben, () => fake.says(ben, group, 'balance', { thread_ts }))
    expect([told.thread, told.reader]).toEqual([thread_ts, ben])
    for (const more of [{ bot_id: 'B0002' }, { user: undefined }, { subtype: 'message_changed' }])
      await fake.says(ada, group, 'send 7', more)
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('in private a pasted link is shown with its button, words are enough, and commands need no slash', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const bens = fake.privateChat(ben)
    const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
    const { link } = await club.service.client.transfer(transferOf(card))
    const shown = await club.card(bens, () => fake.says(ben, bens, `look: ${link}`))
    expect(await club.balance(ben)).toBe('100.00')
    expect(await fake.taps(ben, shown, 'Collect')).toBe(YOURS)
    await fake.says(ben, bens, 'balance')
    await fake.types(ben, bens, '/balance')
    const lasting = () => fake.others(bens).filter(({ read }) => read.includes('120.00'))
    await fake.until(() => lasting().length === 2)
    const adas = fake.privateChat(ada)
    await fake.types(ada, group, '/send', '5 phrase')
    const told = await fake.until(() => fake.others(adas).find(({ labels }) => labels.length > 0))
    await fake.says(ben, bens, told.read.split('\n').at(-1) ?? '')
    await expect.poll(() => club.balance(ben)).toBe('125.00')
  })

  test('each is spoken to in the language that they have chosen in Slack', async () => {
    const { fake } = club
    const { group } = await club.pair()
    const wang = await club.person('王芳', { locale: 'zh-CN' })
    group.members.push(wang)
    expect(await club.answer(group, wang, () => fake.types(wang, group, '/balance'))).toContain('余额')
    const card = await club.card(group, () => fake.types(wang, group, '/send', '20'))
    expect(card.labels).toContain('领取')
  })

  describe('where the bot can’t write', () => {
    test('in a private channel without it, and between two people, the sender is told so, and has the card in private', async () => {
      const { fake } = club
      const { ada, ben } = await club.pair()
      const secret = fake.group('secret', [ada, ben], 'private')
      secret.hasBot = false
      for (const channel of [secret, fake.direct(ada, ben)]) {
        const chat = fake.privateChat(ada)
        const card = await club.card(chat, async () => {
          expect(await club.answer(channel, ada, () => fake.types(ada, channel, '/send', ['20 ', ben]))).toBe(
            t('slack.notHere'),
          )
        })
        const own = await fake.until(() =>
          fake.cards(fake.privateChat(ben)).find(({ labels }) => labels.includes('Collect')),
        )
        expect(await fake.taps(ben, own, 'Collect')).toBe(YOURS)
        await club.reads(card, 'has collected it')
      }
      expect(await club.balance(ben)).toBe('140.00')
    })

    test('in a public channel it needs no invitation', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      group.hasBot = false
      const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
      await fake.taps(ada, card, 'Cancel')
      expect(await club.balance(ada)).toBe('100.00')
    })
  })

  describe('has a form', () => {
    test('on a message it is for who has written it, and the card goes to that channel', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      await fake.usesOn(ada, group, ben)
      const form = await fake.form(ada)
      expect(JSON.stringify(form.view.blocks)).toContain(`"user_id":"${ben.id}"`)
      const card = await club.card(group, () => fake.submits(form, { amount: '20', note: 'thanks' }))
      expect(card.mentioned).toEqual([ben.id])
      expect(card.read).toContain('thanks')
      expect(await fake.taps(ben, card, 'Collect')).toBe(YOURS)
    })

    test('anywhere it asks for whom, and where the card is to be; what is wrong is told in private', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      await fake.usesAnywhere(ada)
      const form = await fake.form(ada)
      const card = await club.card(group, () => fake.submits(form, { who: ben, amount: '20', where: group }))
      expect(card.mentioned).toEqual([ben.id])
      const adas = fake.privateChat(ada)
      await fake.usesAnywhere(ada)
      const second = await fake.form(ada)
      expect(
        await club.answer(adas, ada, () => fake.submits(second, { who: ben, amount: 'lots' })),
      ).toContain('lots')
      await fake.usesAnywhere(ada)
      const third = await fake.form(ada)
      await club.card(adas, () => fake.submits(third, { who: ben, amount: '5' }))
      expect(await club.balance(ada)).toBe('75.00')
    })

    test('a form that comes twice sends once', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      await fake.usesOn(ada, group, ben)
      const form = await fake.form(ada)
      const payload = fake.submissionOf(form, { amount: '20' })
      await club.card(group, () => Promise.all([fake.sendTap({ payload }), fake.sendTap({ payload })]))
      await fake.submits(form, { amount: '20' })
      await club.answer(fake.privateChat(ada), ada, () => fake.says(ada, fake.privateChat(ada), 'balance'))
      expect(await club.balance(ada)).toBe('80.00')
    })

    test('nothing goes to a channel that its sender isn’t in; where the bot isn’t, the card is in private', async () => {
      const { fake } = club
      const { ada, ben } = await club.pair()
      const cy = await club.person('Cy')
      const others = fake.group('others', [ben])
      const adas = fake.privateChat(ada)
      await fake.usesAnywhere(ada)
      const form = await fake.form(ada)
      const told = () => fake.submits(form, { who: ben, amount: '20', where: others })
      expect(await club.answer(adas, ada, told)).toBe(t('slack.notIn'))
      expect(fake.cards(others)).toEqual([])
      expect(await club.balance(ada)).toBe('100.00')
      await fake.usesAnywhere(ada)
      const second = await fake.form(ada)
      const direct = fake.direct(ada, cy)
      await club.card(adas, () => fake.submits(second, { who: cy, amount: '20', where: direct }))
    })

    test('a message of an app is for nobody', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const answers = await fake.usesOn(ada, group, 'app')
      expect(await fake.until(() => fake.read(answers)[0])).toBe(t('slack.noAuthor'))
    })
  })

  describe('in a channel that is shared with another organization', () => {
    test('its people, whose workspace has not the bot, are told so when they tap or are named, and no money moves', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const globex = fake.workspace('Globex')
      const outsider = fake.user('Otto', globex, { isAdmin: true })
      group.members.push(outsider)
      const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
      expect(await fake.taps(outsider, card, 'Collect')).toBe(t('slack.outsider'))
      expect(await club.answer(group, ada, () => fake.types(ada, group, '/send', ['5 ', outsider]))).toBe(
        t('slack.forOutsider'),
      )
      expect(await club.answer(group, outsider, () => fake.says(outsider, group, 'send 5'))).toBe(
        t('slack.outsider'),
      )
      const answers = await fake.usesOn(ada, group, outsider)
      expect(await fake.until(() => fake.read(answers)[0])).toBe(t('slack.forOutsider'))
      expect(card.labels).toContain('Collect')
      expect(await club.balance(ada)).toBe('80.00')
    })

    test('an Enterprise organization’s people are no members, whatever they are at home', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const outsider = fake.user('Otto', fake.workspace('Initech', 'E0INITECH'), { isAdmin: true })
      group.members.push(outsider)
      const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
      expect(await fake.taps(outsider, card, 'Collect')).toBe(t('slack.outsider'))
      // Even where a command of theirs would be told as one of a member.
      const asMember = fake.commandOf(outsider, group, '/history')
      asMember.set('team_id', fake.acme.id)
      const told = () => fake.send(fake.signed(asMember.toString(), 'form'), 'commands')
      expect(await club.answer(group, outsider, told)).toContain('admins')
    })

    test('a tap with the same user id in another workspace is another person’s', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => fake.types(ada, group, '/send', ['20 ', ben]))
      const double = { ...ben, home: fake.workspace('Globex') }
      const tap = fake.tapOf(double, card, 'Collect')
      await fake.sendTap(tap)
      await fake.until(() => fake.read(tap.answers)[0])
      expect(await club.balance(ben)).toBe('100.00')
    })
  })

  test('the books of a channel are for the workspace’s admins, and who has made it while they are in it, as Slack says at that moment', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const boss = await club.person('Boss', { isAdmin: true })
    group.members.push(boss)
    const asks = (user: typeof ada) => club.other(group, user, () => fake.types(user, group, '/history'))
    expect((await asks(ben)).read).toContain('admins')
    for (const admin of [ada, boss]) {
      expect((await asks(admin)).reader).toBe(admin)
      // The link to all of it is for them alone, and stays.
      await fake.until(() => fake.others(fake.privateChat(admin)).some(({ buttons }) => buttons[0]?.url))
    }
    await club.card(group, () => fake.types(ada, group, '/send', '30 @treasury'))
    const paid = await club.card(group, () => fake.types(boss, group, '/pay', ['20 ', ben]))
    expect(await fake.taps(ben, paid, 'Collect')).toBe(YOURS)
    boss.isAdmin = false
    group.members.splice(group.members.indexOf(ada), 1)
    for (const former of [ada, boss])
      expect(
        await club.answer(group, former, () => fake.types(former, group, '/pay', ['5 ', ben])),
      ).toContain('admin')
    expect(await club.balance(ben)).toBe('120.00')
  })

  test('a red packet for those who were there before is for nobody who has come after it, or has gone', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const gone = await club.person('Gone')
    await fake.changes('joined', group, gone)
    group.members.splice(group.members.indexOf(ben), 1)
    await fake.changes('joined', group, ben)
    const card = await club.card(group, () => fake.types(ada, group, '/red', '10 2 equal before'))
    const newcomer = await club.person('New')
    await fake.changes('joined', group, newcomer)
    await fake.changes('left', group, gone)
    for (const user of [newcomer, gone]) expect(await fake.taps(user, card, 'Collect')).not.toContain('yours')
    expect(await fake.taps(ben, card, 'Collect')).toBe('5.00 CREDIT is yours.')
  })

  test('buttons of messages work as those of cards do, also in answers that one person sees', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    for (const amount of ['7', '3']) await club.card(group, () => fake.types(ada, group, '/send', amount))
    const list = await club.other(group, ada, () => fake.types(ada, group, '/waiting'))
    expect(list.reader).toBe(ada)
    await fake.taps(ada, list, list.labels.find((label) => label.includes('7.00')) ?? '')
    expect(list.labels).toContain('Cancel')
    await fake.taps(ada, list, 'Cancel')
    expect(await club.balance(ada)).toBe('97.00')
  })

  test('a button that no message of ours has had there does nothing; one that opens a link says nothing', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const other = fake.group('other', [ada, ben])
    const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
    const [button] = card.buttons
    const forge = async (change: (tap: ReturnType<typeof fake.tapOf>) => void) => {
      const tap = fake.tapOf(ben, card, 'Collect')
      change(tap)
      await fake.sendTap(tap)
      return fake.until(() => fake.read(tap.answers)[0])
    }
    const value = (press: object) => JSON.stringify({ ...JSON.parse(button?.value ?? ''), ...press })
    const told = [
      await forge(({ payload }) => {
        payload.container.channel_id = other.id
      }),
      await forge(({ payload: { actions } }) => {
        for (const action of actions) action.value = value({ chat: `${fake.acme.id}-${other.id}` })
      }),
      await forge(({ payload: { actions } }) => {
        for (const action of actions) action.value = 'collect'
      }),
    ]
    for (const one of told) expect(one).not.toContain('yours')
    expect(await club.balance(ben)).toBe('100.00')
    const opened = fake.tapOf(ben, card, 'Open link')
    await fake.sendTap(opened)
    expect(await fake.taps(ben, card, 'Collect')).toBe(YOURS)
    expect(fake.read(opened.answers)).toEqual([])
  })

  test('a card goes without its picture where Slack can’t fetch it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    fake.faults.fetchesNoPictures = true
    const card = await club.card(group, () => fake.types(ada, group, '/send', '20'))
    fake.faults.fetchesNoPictures = false
    expect(card.picture).toBeUndefined()
    expect(await fake.taps(ben, card, 'Collect')).toBe(YOURS)
  })
})
