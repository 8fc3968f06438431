/** An element with properties or attributes, and children; strings become text, never markup. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value
    else element.setAttribute(name, value)
  }
  element.append(...children.filter((child) => child || child === ''))
  return element
}

export const fill = (text, details) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => details[name] ?? '')

/** A UUID. `crypto.randomUUID` is missing where the page comes over plain HTTP from another machine. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6] & 0x0f) | 0x40
  bytes[8] = (bytes[8] & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** Asks the playground for something; throws where it says no or can't be reached. */
export async function ask(what, body) {
  const response = await fetch(`/playground/${what}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`The playground answered with ${response.status}.`)
  return response.status === 204 ? undefined : response.json()
}
