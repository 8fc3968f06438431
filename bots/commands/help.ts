import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { commands } from './index.ts'

export const help: Command = {
  name: 'help',
  options: [],
  async run({ language }) {
    const t = texts(language)
    const lines = commands.map((command) => {
      const words = command.options.map((option) =>
        option.required ? `<${option.name}>` : `[${option.name}]`,
      )
      return `/${[command.name, ...words].join(' ')} – ${t(`commands.${command.name}`)}`
    })
    return { message: { text: [t('help.title'), ...lines, '', t('help.examples')].join('\n') } }
  },
}
