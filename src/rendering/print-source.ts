import { keySource, quoted, type CallNode, type SourceNode } from './source-node.js'

/** Lines are at most this long, where they can be broken. */
const WIDTH = 110

/** Where on the page something is printed. */
interface Place {
  /** Blanks before a line of its own. */
  readonly indent: number
  /** Where on its line it begins. */
  readonly column: number
  /** What follows on its last line. */
  readonly after: number
}

/**
 * Prints source as prettier would, without semicolons, in single quotes, 110 columns wide. Pure.
 *
 * @param node - What to print.
 * @param before - What stands before it on its line.
 * @returns The source.
 * @internal
 */
export function printSource(node: SourceNode, before: string): string {
  return before + print(node, { indent: 0, column: before.length, after: 0 })
}

function print(node: SourceNode, place: Place): string {
  const flat = flatSource(node)
  if (flat !== undefined && fits(flat, place) && !mustBreak(node)) return flat
  switch (node.kind) {
    case 'arrow':
      return brokenArrow(node, place)
    case 'call':
      return brokenCall(node, place)
    case 'chain':
      return brokenChain(node.calls, place)
    case 'list':
      return wrapped(
        '[',
        node.items.map((item) => lineOf(item, place)),
        closing(node),
        place,
      )
    case 'object':
      return wrapped(
        '{',
        node.entries.map((entry) => entryLine(entry.key, entry.value, place)),
        '}',
        place,
      )
    case 'string':
      return quoted(node.value)
    case 'text':
      return node.text
  }
}

function fits(flat: string, { column, after }: Place): boolean {
  return column + flat.length + after <= WIDTH
}

/** The whole on one line; undefined if something in it has lines of its own. */
function flatSource(node: SourceNode): string | undefined {
  switch (node.kind) {
    case 'arrow':
      return node.body.kind === 'object'
        ? surrounded(`${node.parameters} => (`, [flatSource(node.body)], ')')
        : prefixed(`${node.parameters} => `, flatSource(node.body))
    case 'call':
      return surrounded(`${node.callee}(`, node.parameters.map(flatSource), ')')
    case 'chain':
      return surrounded('', node.calls.map(flatSource), '', '.')
    case 'list':
      return surrounded('[', node.items.map(flatSource), closing(node))
    case 'object':
      if (node.isSpread) return undefined
      if (node.entries.length === 0) return '{}'
      return surrounded(
        '{ ',
        node.entries.map(({ key, value }) => flatEntry(key, flatSource(value))),
        ' }',
      )
    case 'string':
      return quoted(node.value)
    case 'text':
      return node.text.includes('\n') ? undefined : node.text
  }
}

function closing({ isConst }: Extract<SourceNode, { kind: 'list' }>): string {
  return isConst ? '] as const' : ']'
}

function flatEntry(key: string, value: string | undefined): string | undefined {
  return value === key ? key : prefixed(`${keySource(key)}: `, value)
}

function prefixed(before: string, source: string | undefined): string | undefined {
  return source === undefined ? undefined : before + source
}

function surrounded(
  before: string,
  parts: readonly (string | undefined)[],
  after: string,
  separator = ', ',
): string | undefined {
  return parts.includes(undefined) ? undefined : before + parts.join(separator) + after
}

function wrapped(open: string, lines: readonly string[], close: string, { indent }: Place): string {
  const blanks = ' '.repeat(indent)
  return `${open}\n${lines.map((line) => `${blanks}  ${line},\n`).join('')}${blanks}${close}`
}

function inner({ indent }: Place, before = 0): Place {
  return { indent: indent + 2, column: indent + 2 + before, after: 1 }
}

function lineOf(node: SourceNode, place: Place): string {
  return print(node, inner(place))
}

function entryLine(key: string, value: SourceNode, place: Place): string {
  const head = `${keySource(key)}: `
  const flat = flatSource(value)
  if (flat === key) return key
  const at = inner(place, head.length)
  const isString = value.kind === 'string' || (value.kind === 'text' && !value.text.includes('`'))
  if (isString && flat !== undefined && !fits(flat, at))
    return `${head.trimEnd()}\n${' '.repeat(at.indent + 2)}${flat}`
  return head + print(value, at)
}

function brokenArrow(node: Extract<SourceNode, { kind: 'arrow' }>, place: Place): string {
  const head = `${node.parameters} => `
  const { body } = node
  const flat = flatSource(body)
  const isBracketed = (body.kind === 'list' && !body.isConst) || body.kind === 'object'
  const staysOnLine = isBracketed || flat === undefined
  const firstLine = body.kind === 'text' ? (body.text.split('\n', 1)[0] ?? '') : ''
  if (staysOnLine && place.column + head.length + firstLine.length > WIDTH && node.parameters !== '()') {
    const blanks = ' '.repeat(place.indent)
    const opened = `(\n${blanks}  ${node.parameters.slice(1, -1)},\n${blanks}) => `
    return opened + print(body, { ...place, column: place.indent + 5 })
  }
  if (body.kind === 'object') {
    const inside = { ...place, column: place.column + head.length + 1, after: place.after + 1 }
    return `${head}(${print(body, inside)})`
  }
  if (staysOnLine) return head + print(body, { ...place, column: place.column + head.length })
  const indent = place.indent + 2
  return `${head.trimEnd()}\n${' '.repeat(indent)}${print(body, { ...place, indent, column: indent })}`
}

function brokenCall({ callee, parameters }: CallNode, place: Place): string {
  const last = parameters.at(-1)
  if (last === undefined) return `${callee}()`
  const before = parameters.slice(0, -1).map(flatSource)
  const isHugged = isHuggable(last) && parameters.at(-2)?.kind !== last.kind && !before.includes(undefined)
  const head = `${callee}(${before.map((source) => `${source ?? ''}, `).join('')}`
  if (isHugged) {
    const at = { ...place, column: place.column + head.length, after: place.after + 1 }
    const source = `${head}${print(last, at)})`
    const [firstLine = ''] = source.split('\n', 1)
    if (place.column + firstLine.length <= WIDTH && source.includes('\n')) return source
  }
  const isTemplate = parameters.length === 1 && last.kind === 'text' && last.text.includes('\n')
  if (isTemplate) return `${head}${last.text})`
  return wrapped(
    `${callee}(`,
    parameters.map((node) => lineOf(node, place)),
    ')',
    place,
  )
}

/** What can begin on the line of the call whose last parameter it is. */
function isHuggable(node: SourceNode): boolean {
  if (node.kind === 'object') return node.entries.length > 0
  if (node.kind === 'list') return node.items.length > 0
  if (node.kind !== 'arrow') return false
  const { body } = node
  return body.kind === 'list' ? !body.isConst : body.kind === 'call' || body.kind === 'object'
}

/** Prettier breaks a chain of more than two calls as soon as one of them has a parameter that is not simple. */
function mustBreak(node: SourceNode): boolean {
  return (
    node.kind === 'chain' &&
    node.calls.length > 2 &&
    node.calls.some(({ parameters }) => !parameters.every((parameter) => isSimple(parameter)))
  )
}

function isSimple(node: SourceNode): boolean {
  switch (node.kind) {
    case 'arrow':
    case 'chain':
      return false
    case 'call':
      return node.parameters.every(isSimple)
    case 'list':
      return node.items.every(isSimple)
    case 'object':
      return node.entries.every(({ key, value }) => key !== '__proto__' && isSimple(value))
    case 'string':
      return true
    case 'text':
      return node.isSimple
  }
}

function brokenChain(calls: readonly CallNode[], place: Place): string {
  if (calls.length <= 2) {
    // As one line, broken inside the last parentheses.
    const [first, second] = calls as [CallNode, CallNode]
    const flat = flatSource(first)
    const opening = `.${second.callee}(`
    const head =
      flat !== undefined && fits(flat, { ...place, after: opening.length })
        ? `${flat}.`
        : `${print(first, { ...place, after: opening.length })}.`
    const column = head.includes('\n') ? head.length - head.lastIndexOf('\n') - 1 : place.column + head.length
    return head + print(second, { ...place, column })
  }
  const indent = place.indent + 2
  const [first, ...links] = calls as [CallNode, ...CallNode[]]
  const lines = links.map((link, at) => {
    const after = at === links.length - 1 ? place.after : 0
    return `\n${' '.repeat(indent)}.${print(link, { indent, column: indent + 1, after })}`
  })
  return print(first, { ...place, after: 0 }) + lines.join('')
}
