import { ButtonStyle, ComponentType } from 'discord.js'
import { describe, expect, test } from 'vitest'
import { button, row } from './bot.ts'
import { breachesOfCommand, breachesOfMessage, breachesOfModal, type CommandBody } from './rules.ts'
import type { Breach } from './schema.ts'

const told = (breaches: Breach[]) =>
  breaches.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`)

describe('what Discord refuses although its document lets it through', () => {
  const option = { type: 3, name: 'amount', description: 'x' }
  test.for<[what: string, command: Partial<CommandBody>, words: string]>([
    ['a name with a capital', { name: 'Send' }, 'name: name is invalid'],
    [
      'a localised name with a space',
      { name_localizations: { de: 'geld senden' } },
      'name_localizations.de: name is invalid',
    ],
    [
      'a locale that Discord has not',
      { description_localizations: { tlh: 'x' } },
      'description_localizations.tlh: is no locale',
    ],
    ['no description', { description: '' }, 'description: must be 1 to 100'],
    ['two options of one name', { options: [option, option] }, 'options.1.name: is already used'],
    [
      'a required option after another',
      { options: [option, { ...option, name: 'b', required: true }] },
      'options.1: required options',
    ],
    [
      'choices beside autocomplete',
      { options: [{ ...option, autocomplete: true, choices: [{ name: 'a', value: 'a' }] }] },
      'options.0.choices: does not go',
    ],
    ['a menu with a description', { name: 'Send to…', type: 2 }, 'description: must be empty for a menu'],
  ])('a command with %s', ([, command, words]) => {
    const good = {
      name: 'send',
      description: 'x',
      name_localizations: { 'zh-CN': '转账' },
      options: [option],
    }
    expect(breachesOfCommand(good)).toEqual([])
    const menu = command.type ? { options: [], name_localizations: null } : {}
    expect(told(breachesOfCommand({ ...good, ...menu, ...command }))).toEqual([
      expect.stringContaining(words),
    ])
  })

  const input = { type: ComponentType.TextInput, custom_id: 'amount', style: 1 }
  const label = (component: object) => ({
    type: ComponentType.Label,
    label: 'Amount',
    component: { ...input, ...component },
  })
  test.for<[what: string, components: object[], words: string]>([
    [
      'six fields',
      [1, 2, 3, 4, 5, 6].map((id) => label({ custom_id: `${id}` })),
      'components: must be between 1 and 5',
    ],
    ['one custom_id twice', [label({}), label({})], 'components.1.component.custom_id: is already used'],
    [
      'a label within a label',
      [label({ label: 'x' })],
      'components.0.component.label: a text input has its label',
    ],
    ['no label at all', [row(input)], 'components.0.components.0.label: a text input has its label'],
    [
      'a field that is disabled',
      [label({ disabled: true })],
      'components.0.component.disabled: is not for modals',
    ],
    [
      'a value longer than allowed',
      [label({ value: '123', max_length: 2 })],
      'components.0.component.value: is longer',
    ],
  ])('a modal with %s', ([, components, words]) => {
    expect(breachesOfModal({ components: [label({})] })).toEqual([])
    const breaches = breachesOfModal({ components: components as [] })
    expect(told(breaches)).toEqual([expect.stringContaining(words)])
  })

  const link = { ...button, style: ButtonStyle.Link }
  test.for<[what: string, body: object, words: string]>([
    [
      'a link that is none',
      { components: [row({ ...link, url: 'tg://resolve' })] },
      'url: scheme must be http',
    ],
    ['a link without address', { components: [row(link)] }, 'url: is required for style 5'],
    ['a button without custom_id', { components: [row(button)] }, 'custom_id: is required for style 1'],
    [
      'a button without words',
      { components: [row({ ...button, custom_id: 'a', label: '' })] },
      'a button has a label or an emoji',
    ],
    [
      'six rows',
      { components: [1, 2, 3, 4, 5, 6].map((id) => row({ ...button, custom_id: `${id}` })) },
      'components: must be 5 or fewer',
    ],
    [
      'a select beside a button',
      { components: [row({ ...button, custom_id: 'a' }, { type: 5, custom_id: 'b' })] },
      'components.0: a row holds',
    ],
    [
      'a file that was not sent',
      { content: 'x', attachments: [{ id: '0' }] },
      'attachments.0.id: is neither',
    ],
    [
      'mentions of some and of all',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      'allowed_mentions.users: excludes',
    ],
  ])('a message with %s', ([, body, words]) => {
    expect(breachesOfMessage({ components: [row({ ...link, url: 'http://127.0.0.1:3000/c' })] }, [])).toEqual(
      [],
    )
    expect(told(breachesOfMessage(body, []))).toEqual([expect.stringContaining(words)])
  })

  test('an edit that turns a message to Components V2 empties its content', () => {
    const before = { content: 'old', flags: 0, attachments: [{ id: '9', filename: 'qr.png' }] }
    const gallery = [{ type: ComponentType.MediaGallery, items: [{ media: { url: 'attachment://qr.png' } }] }]
    const body = { flags: 1 << 15, components: gallery }
    expect(told(breachesOfMessage(body, [], before))).toEqual([
      expect.stringContaining('content: must be set to null'),
    ])
    expect(breachesOfMessage({ ...body, content: null }, [], before)).toEqual([])
    const dropped = { ...body, content: null, attachments: [] }
    expect(told(breachesOfMessage(dropped, [], before))).toEqual([
      expect.stringContaining('names no uploaded file'),
    ])
  })
})
