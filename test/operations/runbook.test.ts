import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'oxc-parser'
import type { MetricObject } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { openMetrics } from '../../src/operations/metrics.ts'
import { PROBLEMS } from '../../src/shared/refusal.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const read = (path: string) => readFileSync(project + path, 'utf8')

const guide = read('docs/operations.md')

describe('the alerts', () => {
  interface Alert {
    name: string
    expr: string
    runbook: string
  }
  const alerts = read('docs/alerts.yml')
    .split(/^ +- alert: /m)
    .slice(1)
    .map(
      (part): Alert => ({
        name: part.split('\n')[0] ?? '',
        expr: /^ +expr: (.+)$/m.exec(part)?.[1] ?? '',
        runbook: /runbook: "(.+?)"/.exec(part)?.[1] ?? '',
      }),
    )

  test('name only metrics and labels that /metrics has', () => {
    const known = new Map<string, Set<string>>([['up', new Set()]])
    for (const { name, type, labelNames = [] } of openMetrics().registry.getMetricsAsArray() as Described[]) {
      const isHistogram = String(type) === 'histogram'
      const names = isHistogram ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name]
      for (const one of names) known.set(one, new Set([...labelNames, ...(isHistogram ? ['le'] : [])]))
    }
    for (const { name, expr } of alerts) {
      const used = [...expr.matchAll(/\b([a-z][a-z\d_]*_[a-z\d_]+|up)\b(?!\s*\()(?:\{([^}]*)\})?/g)]
      expect(used.length, name).toBeGreaterThan(0)
      for (const [, metric = '', labels = ''] of used) {
        expect([...known.keys()], name).toContain(metric)
        for (const [, label = ''] of labels.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g))
          if (label !== 'job') expect([...(known.get(metric) ?? [])], `${name}: ${metric}`).toContain(label)
      }
    }
  })

  test('have expressions whose brackets and quotes are closed', () => {
    for (const { name, expr } of alerts) {
      const bare = expr.replace(/"[^"]*"/g, '')
      expect(bare, name).not.toContain('"')
      const open: string[] = []
      for (const sign of bare) {
        if ('([{'.includes(sign)) open.push(sign)
        if (')]}'.includes(sign)) expect(`${open.pop()}${sign}`, name).toMatch(/^(\(\)|\[\]|\{\})$/)
      }
      expect(open, name).toEqual([])
    }
  })

  test('are all explained, where they say', () => {
    const titles = [...guide.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    )
    for (const { name, runbook } of alerts) {
      expect(guide).toContain(`\`${name}\``)
      expect(runbook).toMatch(/^docs\/operations\.md#/)
      expect(titles, name).toContain(runbook.split('#')[1])
    }
  })
})

test('each message that the log may have at warn, error or fatal stands in the guide, and none that it no longer has', () => {
  const logged = [...new Set(messagesLogged())]
  expect(logged.length).toBeGreaterThan(80)
  const table = guide.slice(guide.indexOf('\n## Lines of the log'))
  // Of a long one its beginning.
  const explained = [...table.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, beginning = '']) => beginning),
  )
  const explains = (beginning: string) => (message: string) => message.startsWith(beginning)
  expect(logged.filter((message) => !explained.some((one) => explains(one)(message)))).toEqual([])
  expect(explained.filter((one) => !logged.some(explains(one)))).toEqual([])
})

/** A metric, with the names of its labels, which the types of prom-client keep to themselves. */
type Described = MetricObject & { labelNames?: string[] }

/** A message that begins with a setting says itself how to mend it. */
const SETTING = /^[A-Z][A-Z_]+(, [A-Z_]+)*: /

/** What is logged by a name that a caller has given to it: the texts are the callers'. */
const HANDED_ON: Record<string, string[]> = {
  'problem.title': Object.entries(PROBLEMS).flatMap(([code, [status]]) =>
    status >= 500 && code !== 'overloaded' ? code.replaceAll('_', ' ') : [],
  ),
  // Of `openOutage`: its callers write `begins: '…'`, or hand it on by `withRetries`.
  'words.begins': [
    'Discord cannot be reached; it is tried again',
    'the commands could not be registered; it is tried again',
  ],
  // Which begins with a setting.
  'credentials.advice': ['TELEGRAM_BOT_TOKEN: '],
  message: ['a message could not be read', 'a tap could not be read'],
}

/** The messages of all calls of the log, read from the source itself; of a template its beginning. */
function messagesLogged(): string[] {
  const files = execFileSync('git', ['ls-files', 'src', 'bots', 'db'], { cwd: project, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path.endsWith('.ts'))
  return files.flatMap((path) => messagesIn(path)).filter((message) => !SETTING.test(message))
}

function messagesIn(path: string): string[] {
  const text = read(path)
  if (!/\blog\??\.(warn|error|fatal)\(|\bbegins:/.test(text)) return []
  const found: string[] = []
  const values = new Map<string, Node>()
  const { program } = parseSync(path, text)
  visit(program as unknown as Node, (node) => {
    if (node.type === 'VariableDeclarator' && node.init) values.set(node.id.name, node.init)
    if (node.type === 'FunctionDeclaration') values.set(node.id.name, node)
  })
  visit(program as unknown as Node, (node) => {
    if (node.type === 'Property' && node.key.name === 'begins') found.push(...textsOf(node.value, values))
    if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return
    const { object, property } = node.callee
    if (!['warn', 'error', 'fatal'].includes(property.name)) return
    if (!/(^|\.)log\??$/.test(text.slice(object.start, object.end))) return
    const last = node.arguments.at(-1)
    const source = text.slice(last.start, last.end)
    const texts = HANDED_ON[source] ?? textsOf(last, values)
    expect(texts, `${path}: what does log.${property.name}(… ${source}) say?`).not.toEqual([])
    found.push(...texts)
  })
  return found
}

/** What an expression may say: one text, or one of several. */
function textsOf(node: Node, values: Map<string, Node>): string[] {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'string' ? [node.value] : []
    case 'TemplateLiteral':
      return [node.quasis[0].value.cooked.trimEnd()]
    case 'ConditionalExpression':
      return [...textsOf(node.consequent, values), ...textsOf(node.alternate, values)]
    case 'BinaryExpression':
      return [textsOf(node.left, values).join('') + textsOf(node.right, values).join('')]
    case 'Identifier': {
      const value = values.get(node.name)
      return value ? textsOf(value, values) : []
    }
    case 'CallExpression':
      return textsOf(node.callee, values)
    case 'FunctionDeclaration':
      return node.body.body.flatMap((one: Node) =>
        one.type === 'ReturnStatement' ? textsOf(one.argument, values) : [],
      )
    default:
      return []
  }
}

/** Nodes of a syntax tree are of many shapes. */
type Node = any

function visit(node: Node, look: (node: Node) => void): void {
  if (typeof node !== 'object' || node === null) return
  if (Array.isArray(node)) {
    for (const one of node) visit(one, look)
    return
  }
  if (node.type) look(node)
  for (const [name, child] of Object.entries(node)) if (name !== 'parent') visit(child, look)
}
