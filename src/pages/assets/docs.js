/* global SwaggerUIBundle */
const dark = matchMedia('(prefers-color-scheme: dark)')
const paint = () => document.documentElement.classList.toggle('dark-mode', dark.matches)
dark.addEventListener('change', paint)
paint()

/** Changes of Swagger UI that a plugin can make, for keyboards and screen readers. */
const accessible = ({ React: { createElement } }) => {
  const within = (element, attributes) => (Original) => (props) =>
    createElement(element, attributes, createElement(Original, props))
  const always = (more) => (Original) => (props) => createElement(Original, { ...props, ...more })
  return {
    wrapComponents: {
      // Everything on the page must be inside of a landmark.
      InfoContainer: within('section', { 'aria-label': 'About' }),
      AuthorizeBtnContainer: within('section', { 'aria-label': 'Authorization' }),
      ServersContainer: within('section', { 'aria-label': 'Servers' }),
      // A link inside of a button can't be focused.
      DeepLink: always({ enabled: false }),
      TextArea: always({ 'aria-label': 'Body of the request' }),
    },
  }
}

/** Changes that no plugin can make: attributes of rendered elements. */
const attributes = [
  ['h3', () => ({ 'aria-level': 2 })],
  ['h4', () => ({ 'aria-level': 3 })],
  ['h5, h6', () => ({ 'aria-level': 4 })],
  ['.auth-btn-wrapper button', (button) => ({ 'aria-label': button.textContent })],
  ['.responses-table', (table) => ({ 'aria-label': `Responses of ${operationOf(table)}` })],
  ['#servers', () => ({ 'aria-label': 'Server' })],
  ['#auth-bearer-value', () => ({ 'aria-label': 'Bearer token' })],
  ['.close-modal', () => ({ 'aria-label': 'Close' })],
  ['.json-schema-2020-12-accordion', ({ textContent }) => (textContent ? {} : { 'aria-label': 'Schema' })],
  [
    '[data-param-name] :is(input, select)',
    (field) => ({ 'aria-label': field.closest('[data-param-name]').dataset.paramName }),
  ],
]

const operationOf = (element) =>
  ['method', 'path']
    .map((part) => element.closest('.opblock').querySelector(`.opblock-summary-${part}`).textContent)
    .join(' ')

function mend() {
  for (const [selector, of] of attributes)
    for (const element of docs.querySelectorAll(selector))
      for (const [name, value] of Object.entries(of(element))) element.setAttribute(name, value)
}

const docs = document.getElementById('docs')
new MutationObserver(mend).observe(docs, { childList: true, subtree: true })

SwaggerUIBundle({
  url: '/openapi.json',
  domNode: docs,
  deepLinking: true,
  plugins: [accessible],
})
