import type { ELK as Layout, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js'
import { ConfigurationError } from '../errors/usage-error.js'
import type { DatabaseDescription } from '../metadata/description.js'
import { diagramTables, type DiagramColumn, type DiagramTable } from './diagram-table.js'

const ROW = 18
const HEAD = 26
/** Width of a character of the monospaced font, at 12 pixels. */
const CHARACTER = 7.3
const MARGIN = 20
const LONGEST_TYPE = 28

/**
 * Draws the tables as a self-contained SVG: no script, no font, no style sheet from elsewhere. Loads `elkjs`, which
 * places the tables and leads the lines around them.
 *
 * @see Eclipse Layout Kernel, "ELK Layered"
 * @internal
 */
export async function svgDiagram(description: DatabaseDescription, schema: string): Promise<string> {
  const tables = diagramTables(description, schema)
  const layout = await loadLayout()
  const placed = await layout.layout({
    id: 'root',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.edgeRouting': 'ORTHOGONAL',
      'elk.aspectRatio': '1.6',
      // Else all tables that refer to nothing stand in one endless column.
      'elk.layered.layering.strategy': 'COFFMAN_GRAHAM',
      'elk.layered.layering.coffmanGraham.layerBound': String(Math.ceil(Math.sqrt(tables.length))),
      'elk.padding': `[top=${MARGIN},left=${MARGIN},bottom=${MARGIN},right=${MARGIN}]`,
      'elk.spacing.nodeNode': '30',
      'elk.spacing.edgeNode': '16',
      'elk.spacing.edgeEdge': '10',
      'elk.spacing.componentComponent': '40',
      'elk.layered.spacing.nodeNodeBetweenLayers': '60',
      'elk.layered.spacing.edgeNodeBetweenLayers': '20',
      'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
      'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
    },
    children: tables.map((table) => ({ id: table.id, ...sizeOf(table) })),
    edges: tables.flatMap((table) =>
      table.references.map((reference, number) => ({
        id: `${table.id}-${String(number)}`,
        sources: [table.id],
        targets: [reference.target],
      })),
    ),
  })
  const boxes = new Map((placed.children ?? []).map((node) => [node.id, node]))
  const optional = new Set(
    tables.flatMap(({ id, references }) =>
      references.flatMap(({ isOptional }, number) => (isOptional ? [`${id}-${String(number)}`] : [])),
    ),
  )
  const lines = placed.edges.map((edge) => edgeSvg(edge, optional.has(edge.id)))
  const nodes = tables.map((table) => tableSvg(table, boxes.get(table.id)))
  return page(placed, [...lines, ...nodes].join('\n'))
}

async function loadLayout(): Promise<Layout> {
  try {
    const { default: module } = await import('elkjs/lib/elk.bundled.js')
    const Elk = module as unknown as new () => Layout
    return new Elk()
  } catch (cause) {
    throw new ConfigurationError({
      message: 'Drawing an SVG needs the package elkjs, which could not be loaded.',
      hint: 'npm install elkjs, or ask for the format mermaid.',
      cause,
    })
  }
}

function sizeOf({ title, columns }: DiagramTable): { readonly width: number; readonly height: number } {
  const longest = Math.max(title.length, ...columns.map((column) => rowText(column).length + 2))
  return { width: Math.ceil(longest * CHARACTER) + 24, height: HEAD + columns.length * ROW + 6 }
}

function rowText(column: DiagramColumn): string {
  return `${markOf(column)} ${column.name}  ${typeText(column)}`
}

function typeText({ type, isNotNull }: DiagramColumn): string {
  const short = type
    .replace('timestamp with time zone', 'timestamptz')
    .replace('timestamp without time zone', 'timestamp')
    .replace('character varying', 'varchar')
  const clipped = short.length > LONGEST_TYPE ? `${short.slice(0, LONGEST_TYPE - 1)}…` : short
  return clipped + (isNotNull ? '' : '?')
}

function markOf({ isPrimary, isForeign }: DiagramColumn): string {
  if (isPrimary) return isForeign ? 'PF' : 'PK'
  return isForeign ? 'FK' : '  '
}

function tableSvg(table: DiagramTable, node: ElkNode | undefined): string {
  const { x = 0, y = 0, width = 0, height = 0 } = node ?? {}
  const rows = table.columns.map((column, at) => {
    const line = HEAD + at * ROW + 13
    const mark = markOf(column).trim()
    return [
      mark === '' ? '' : `<text class="mark" x="8" y="${line}">${mark}</text>`,
      `<text class="${column.isPrimary ? 'key' : 'column'}" x="30" y="${line}">${escaped(column.name)}</text>`,
      `<text class="type" x="${width - 8}" y="${line}" text-anchor="end">${escaped(typeText(column))}</text>`,
    ].join('')
  })
  return `<g transform="translate(${x},${y})"><title>${escaped(table.title)}</title>
<rect class="table" width="${width}" height="${height}" rx="4"/><path class="head" d="M0 ${HEAD - 4}V4a4 4 0 0 1 4 -4H${width - 4}a4 4 0 0 1 4 4V${HEAD - 4}Z"/>
<text class="name" x="8" y="16">${escaped(table.title)}</text>
${rows.join('\n')}</g>`
}

function edgeSvg(edge: ElkExtendedEdge, isOptional: boolean): string {
  return (edge.sections ?? [])
    .map(({ startPoint, bendPoints = [], endPoint }) => {
      const points = [startPoint, ...bendPoints, endPoint].map(({ x, y }) => `${x},${y}`).join(' ')
      return `<polyline class="${isOptional ? 'line optional' : 'line'}" marker-end="url(#one)" points="${points}"/>`
    })
    .join('')
}

function page({ width = 0, height = 0 }: ElkNode, body: string): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="12">
<style>
.page{fill:#fff}.table{fill:#fff;stroke:#57606a}.head{fill:#0b4f79}.name{fill:#fff;font-weight:bold}
.key{fill:#1f2328;font-weight:bold}.column{fill:#1f2328}.type{fill:#6e7781}.mark{fill:#0b4f79;font-size:10px}
.line{fill:none;stroke:#57606a;stroke-width:1.3}.optional{stroke-dasharray:5 3}
</style>
<defs><marker id="one" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L10 5L0 10z" fill="#57606a"/></marker></defs>
<rect class="page" width="${w}" height="${h}"/>
${body}
</svg>
`
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '�')
}
