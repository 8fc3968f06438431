import {
  type ApplicationCommandData,
  type ApplicationCommandOptionData,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  type ClientApplication,
  InteractionContextType,
  Locale,
  type LocalizationMap,
  PermissionFlagsBits,
} from 'discord.js'
import { type Language, nearestLanguage } from '../../src/shared/language.ts'
import { english, translations } from '../../src/texts/index.ts'
import type { Command, Option } from '../commands/command.ts'
import { commands } from '../commands/index.ts'
import { texts } from '../texts/index.ts'

/** Registers the commands at Discord, unless they are already: it takes only so many changes a day. */
export async function registerCommands(application: ClientApplication): Promise<void> {
  const wanted = applicationCommands()
  const known = await application.commands.fetch({ withLocalizations: true })
  const isKnown = (command: ApplicationCommandData) =>
    known.some((each) => each.type === command.type && each.equals(command, true))
  if (known.size === wanted.length && wanted.every(isKnown)) return
  await application.commands.set(wanted)
}

/** What Discord shows to those who have set it to a language of ours, by its own codes; all others see English. */
const localized = (say: (language: Language) => string): LocalizationMap =>
  Object.fromEntries(
    Object.values(Locale).flatMap((locale) => {
      const language = nearestLanguage(locale)
      return language ? [[locale, say(language)]] : []
    }),
  )

const nameOf = (command: Command['name'], language: Language): string =>
  translations[language].commandWords?.[command]?.[0] ?? english.commandWords[command][0] ?? command

/** In servers that have installed the bot, and everywhere for users who have. */
const everywhere = {
  integrationTypes: [ApplicationIntegrationType.GuildInstall, ApplicationIntegrationType.UserInstall],
  contexts: [
    InteractionContextType.Guild,
    InteractionContextType.BotDM,
    InteractionContextType.PrivateChannel,
  ],
}

const applicationCommands = (): ApplicationCommandData[] => [
  ...commands.map(
    ({ name, options, forAdmins }): ApplicationCommandData => ({
      ...everywhere,
      type: ApplicationCommandType.ChatInput,
      name,
      nameLocalizations: localized((language) => nameOf(name, language)),
      description: texts('en')(`commands.${name}`),
      descriptionLocalizations: localized((language) => texts(language)(`commands.${name}`)),
      options: options.map(optionOf),
      ...(forAdmins && { defaultMemberPermissions: PermissionFlagsBits.ManageGuild }),
    }),
  ),
  menu(ApplicationCommandType.User, 'sendTo'),
  menu(ApplicationCommandType.Message, 'reward'),
]

/** The most characters of each option. People may type the whole line into the amount, as in a chat. */
const MOST = {
  amount: 250,
  count: 20,
  time: 20,
  list: 80,
  asset: 20,
  note: 200,
  people: 1000,
  code: 250,
  words: 1000,
  rule: 100,
  invitation: 80,
  linking: 80,
}

function optionOf({ name, required = false, choices }: Option): ApplicationCommandOptionData {
  const option = {
    name,
    nameLocalizations: localized((language) => texts(language)(`discord.options.${name}`)),
    description: texts('en')(`options.${name}`),
    descriptionLocalizations: localized((language) => texts(language)(`options.${name}`)),
    required,
  }
  if (name === 'who') return { ...option, type: ApplicationCommandOptionType.User }
  if (name === 'switch' || name === 'draw' || name === 'takers' || name === 'picture' || name === 'phrase') {
    const named = (choices ?? []).map((choice) => ({ name: choice, value: choice }))
    return { ...option, type: ApplicationCommandOptionType.String, choices: named }
  }
  const text = { ...option, type: ApplicationCommandOptionType.String as const, maxLength: MOST[name] }
  return name === 'asset' ? { ...text, autocomplete: true } : text
}

function menu(
  type: ApplicationCommandType.User | ApplicationCommandType.Message,
  name: 'sendTo' | 'reward',
): ApplicationCommandData {
  return {
    ...everywhere,
    type,
    name: texts('en')(`discord.${name}`),
    nameLocalizations: localized((language) => texts(language)(`discord.${name}`)),
  }
}
