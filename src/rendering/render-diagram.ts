import type { Metadata } from '../metadata/metadata.js'
import { refuseUnknownKeys } from '../metadata/refuse-unknown-keys.js'
import { ConfigurationError } from '../errors/usage-error.js'
import { mermaidDiagram } from './mermaid-diagram.js'
import { svgDiagram } from './svg-diagram.js'

/** How `renderDiagram()` draws. */
export interface DiagramOptions {
  /**
   * `mermaid`: text that GitHub and many editors draw; `svg`: a picture that needs nothing else.
   *
   * @defaultValue 'mermaid'
   */
  readonly format?: 'mermaid' | 'svg' | undefined
}

/**
 * Draws the tables of a metadata, their columns, keys and foreign keys. Performs no I/O but loading the layout library
 * `elkjs` for `svg`, an optional peer.
 *
 * @param metadata - What to draw.
 * @param options - See {@link DiagramOptions}.
 * @returns Mermaid's text, or SVG.
 * @throws {@link ConfigurationError} if the format is unknown, or `svg` is asked for and `elkjs` is not installed.
 * @example
 * ```ts
 * import { bigint, Metadata, renderDiagram, table } from 'async-database'
 *
 * const users = table('users', { id: bigint().identity().primaryKey() })
 * const songs = table('songs', { ownerId: bigint().references(() => users.id) })
 * export const diagram = await renderDiagram(new Metadata({ tables: { users, songs } }))
 * ```
 */
export async function renderDiagram(metadata: Metadata, options: DiagramOptions = {}): Promise<string> {
  refuseUnknownKeys(options, ['format'], 'renderDiagram()')
  const format: string = options.format ?? 'mermaid'
  if (format === 'mermaid') return mermaidDiagram(metadata.description, metadata.schema)
  if (format === 'svg') return await svgDiagram(metadata.description, metadata.schema)
  throw new ConfigurationError({
    message: `renderDiagram() does not know the format ${JSON.stringify(format)}.`,
    hint: "It knows 'mermaid' and 'svg'.",
  })
}
