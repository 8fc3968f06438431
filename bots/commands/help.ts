import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const help: Command = {
  name: 'help',
  options: [],
  async run({ language }, { commands }) {
    const t = texts(language)
    const lines = commands.map((command) => `${usageOf(command)} – ${t(`commands.${command.name}`)}`)
    return { message: { text: [t('help.title'), ...lines, '', t('help.examples')].join('\n') } }
  },
}

/** How a command is typed: `/send <amount> [asset] [who] [note]`. */
export const usageOf = ({ name, options }: Command): string =>
  [`/${name}`, ...options.map((option) => (option.required ? `<${option.name}>` : `[${option.name}]`))].join(
    ' ',
  )
