import { texts } from '../texts/index.ts'
import type { Command, Option } from './command.ts'

export const help: Command = {
  name: 'help',
  options: [],
  async run({ language }, { commands, capabilities }) {
    const t = texts(language)
    const lines = commands.map((command) => `${usageOf(command)} – ${t(`commands.${command.name}`)}`)
    const examples = t('help.examples', { context: capabilities.named })
    const numbers = capabilities.buttons ? [] : ['', t('help.numbers')]
    return { message: { text: [t('help.title'), ...lines, '', examples, ...numbers].join('\n') } }
  },
}

/** The syntax of a command: `/send <amount> [asset] [who] [note]`. */
export const usageOf = ({ name, options }: Command): string => [`/${name}`, ...options.map(shown)].join(' ')

function shown({ name, required, choices }: Option): string {
  const words = choices?.join('|') ?? name
  return required ? `<${words}>` : `[${words}]`
}
