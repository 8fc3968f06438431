/** A way to collect in one messenger, offered on the claim page. The messengers that run give them. */
export interface Way {
  /** What people call the messenger: `Telegram`. */
  name: string
  /** Opens the messenger, with the transfer at hand where its links can carry the code. */
  href(code: string): string
}
