/**
 * Replaces whatever looks like a transfer's code by `…`, as everybody who reads it could collect with it: what follows `/c/` or `?start=`, and any run of 22 characters that codes are made of, also percent-encoded or with invisible
 * marks in between. A word of letters in one case is none, unless it is a handle: those lose their case. Nor is a SHA-256, which is as long as no code.
 */
export const masked = (text: string): string =>
  text.replace(SECRETS, (found) => (SHA256.test(found) ? found : '…'))

const SHA256 = /^[\da-f]{64}$/

const SECRETS =
  /(?<=\/c\/|[?&]start=)[^\s"”]+|(?!(?<!@)[A-Za-z]?(?:[a-z]+|[A-Z]+)(?![\w%-]|\p{DI}))(?:[\w-]|%[\dA-Fa-f]{2}|\p{DI}){22,}/gu
