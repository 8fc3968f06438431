/** What somebody has typed, as Slack tells it, in plain words. */
interface Read {
  /** Mentions stand in it as placeholders. */
  text: string
  /** The ids of those who are mentioned, by their placeholder. */
  mentioned: Map<string, string>
}

/**
 * Reads what Slack has marked in a text: https://docs.slack.dev/messaging/formatting-message-text#retrieving-messages. What somebody types as `<` comes as `&lt;`,
 * so marks are Slack's own: a mention is of that very person.
 */
export function readMarkup(typed: string): Read {
  const mentioned = new Map<string, string>()
  const text = typed.replace(/<([^<>]*)>/g, (whole, marked: string) => {
    const bar = marked.indexOf('|')
    const [target, label] = bar < 0 ? [marked, ''] : [marked.slice(0, bar), marked.slice(bar + 1)]
    if (/^@[UW][\dA-Z]+$/.test(target)) {
      const placeholder = placeholderOf(target.slice(1))
      mentioned.set(placeholder, target.slice(1))
      return ` ${placeholder} `
    }
    if (target.startsWith('#')) return `#${label || target.slice(1)}`
    // A group of people, or everybody: nobody whom the words could mean, so the bot asks.
    if (target.startsWith('!')) return label.startsWith('@') ? label : `@${label || target.slice(1)}`
    if (target.startsWith('mailto:')) return label || target.slice('mailto:'.length)
    return /^https?:/.test(target) ? target : whole
  })
  return { text: unescape(text), mentioned }
}

/** What stands for the mention of somebody. */
export const placeholderOf = (user: string): string => `@#${user};`

/** The three characters that Slack reads as marks: https://docs.slack.dev/messaging/formatting-message-text#escaping */
export const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const unescape = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
