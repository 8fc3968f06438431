/** An id of Slack's own in our form: `T024BE7LD-U2147483697`. Slack's is that of one workspace alone. */
export const idIn = (workspace: string, own: string): string => `${workspace}-${own}`

/** The two parts of an id in our form. */
export function partsOf(id: string): { workspace: string; own: string } {
  const at = id.indexOf('-')
  return { workspace: id.slice(0, at), own: id.slice(at + 1) }
}

/** Whether an id is that of a person, whose private chat with the bot goes by it, too. W: in an Enterprise organization. */
export const isPerson = (own: string): boolean => /^[UW]/.test(own)

/** Whether a conversation is one between two alone: https://docs.slack.dev/reference/objects/conversation-object */
export const isDirect = (own: string): boolean => own.startsWith('D')

/** A message by the conversation that it is in, and by what is its id there: the time. */
export const messageIn = (channel: string, ts: string): string => `${channel}:${ts}`
