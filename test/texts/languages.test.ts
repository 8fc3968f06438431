import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { LANGUAGES } from '../../src/shared/language.ts'
import { english, translations } from '../../src/texts/index.ts'

const theirs = textsIn(english)

test('a language is a file in src/texts/ and an entry in LANGUAGES', async () => {
  const files = await readdir(new URL('../../src/texts', import.meta.url))
  const named = files.map((file) => file.replace(/\.ts$/, '')).filter((name) => !NO_LANGUAGES.includes(name))
  expect(named.sort()).toEqual([...LANGUAGES].sort())
})
const NO_LANGUAGES = ['index', 'translation']

describe.each(LANGUAGES)('the texts in %s', (language) => {
  const { isUnfinished = false, commandWords = {} } = translations[language]
  const ours = textsIn(translations[language])
  const forms = [...ours].flatMap(([key, text]) => {
    const [, base = '', form = ''] = /^(.+)_(zero|one|two|few|many|other)$/.exec(key) ?? []
    return theirs.has(base) && !theirs.has(key) ? [{ key, base, form, text }] : []
  })
  const baseOf = new Map(forms.map(({ key, base }) => [key, base]))

  test('lack nothing, or are said to be unfinished', ({ annotate }) => {
    const said = new Set([...ours.keys()].map((key) => baseOf.get(key) ?? key))
    const missing = [...theirs.keys()].filter((key) => !said.has(key))
    if (isUnfinished) void annotate(`${language} lacks ${missing.length} texts:\n${missing.join('\n')}`)
    expect(isUnfinished ? missing.length > 0 : missing).toEqual(isUnfinished || [])
  })

  test('say nothing that English doesn’t', () => {
    expect([...ours.keys()].filter((key) => !theirs.has(baseOf.get(key) ?? key))).toEqual([])
  })

  test('have the details that the English ones have', () => {
    const wrong = [...ours].flatMap(([key, text]) => {
      const isForm = baseOf.has(key)
      const wanted = detailsIn(theirs.get(baseOf.get(key) ?? key) ?? '')
      // How strong a phrase has to be is told in words or in characters.
      const has = detailsIn(text.replace('{{characters}}', '{{words}}'))
      // “A person” and “two people” need no digits.
      const lacks = wanted.filter((name) => !has.includes(name) && !(isForm && name === 'count'))
      const more = has.filter((name) => !wanted.includes(name))
      return lacks.length + more.length > 0 ? [{ key, lacks, more }] : []
    })
    expect(wrong).toEqual([])
  })

  test('have a form for each kind of number, where they have any', () => {
    const rules = new Intl.PluralRules(language)
    const kinds = [...new Set(Array.from({ length: 200 }, (_, count) => rules.select(count)))]
    const wrong = [...new Set(forms.map(({ base }) => base))].flatMap((base) => {
      const given = forms.filter((one) => one.base === base).map(({ form }) => form)
      const lacks = kinds.filter((kind) => !given.includes(kind))
      const more = given.filter((form) => !kinds.includes(form as Intl.LDMLPluralRule))
      // The text without a form is for one kind: all that are left.
      const isEnough = lacks.length === (ours.has(base) ? 1 : 0)
      const isCounted = detailsIn(theirs.get(base) ?? '').includes('count')
      return isEnough && more.length === 0 && isCounted ? [] : [{ base, lacks, more, isCounted }]
    })
    expect(wrong).toEqual([])
  })

  test('have words for commands that can be typed, and that mean no other command', () => {
    const wrong = Object.entries(commandWords).flatMap(([command, words]) =>
      words.filter(
        (word) =>
          // As Discord and Telegram take them, and as a line of text is read.
          !/^\p{L}[\p{L}\p{M}]{0,31}$/u.test(word) ||
          word !== word.toLowerCase() ||
          meaningsOf(word).some((meant) => meant !== command),
      ),
    )
    expect(wrong).toEqual([])
  })

  test('are as long as messengers take them', () => {
    const tooLong = [...ours].filter(
      ([key, text]) => text.length > (MOST.find(([start]) => key.startsWith(start))?.[1] ?? 4000),
    )
    expect(tooLong).toEqual([])
  })
})

/** What messengers show at most, by the beginning of a key. https://docs.discord.com/developers/interactions/application-commands#application-command-object */
const MOST: [string, number][] = [
  ['bots.commands.', 100],
  ['bots.options.', 100],
  ['bots.discord.options.', 32],
  ['bots.discord.sendTo', 32],
  ['bots.discord.reward', 32],
  ['bots.discord.amount', 45],
  ['bots.discord.note', 45],
]

/** The commands that a word means in any language. */
function meaningsOf(word: string): string[] {
  return Object.values(translations).flatMap(({ commandWords = {} }) =>
    Object.entries(commandWords).flatMap(([command, words]) => (words.includes(word) ? [command] : [])),
  )
}

/** All texts by their keys: `bots.card.collect`. Of the words for a command it counts that there are some. */
function textsIn(texts: object, before = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') found.set(before + key, value)
    else if (Array.isArray(value)) found.set(before + key, '')
    else if (typeof value === 'object')
      for (const [inner, text] of textsIn(value, `${before}${key}.`)) found.set(inner, text)
  }
  found.delete('timeZone')
  return found
}

const detailsIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name))].sort()
