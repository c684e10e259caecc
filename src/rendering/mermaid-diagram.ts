import type { DatabaseDescription } from '../metadata/description.js'
import { diagramTables, type DiagramColumn } from './diagram-table.js'

/**
 * Writes an entity-relationship diagram in Mermaid's words. Pure.
 *
 * @see https://mermaid.js.org/syntax/entityRelationshipDiagram.html
 * @internal
 */
export function mermaidDiagram(description: DatabaseDescription, schema: string): string {
  const tables = diagramTables(description, schema)
  const lines = tables.flatMap(({ id, title, columns }) => [
    `  ${id}["${labelText(title)}"] {`,
    ...columns.map((column) => `    ${wordOf(column.type)} ${wordOf(column.name)}${keysOf(column)}`),
    '  }',
  ])
  const edges = tables.flatMap(({ id, references }) =>
    references.map(({ target, columns, isOptional, isUnique }) => {
      const line = `${isUnique ? '|o' : '}o'}--${isOptional ? 'o|' : '||'}`
      return `  ${id} ${line} ${target} : "${labelText(columns.join(', '))}"`
    }),
  )
  return `${['erDiagram', ...lines, ...edges].join('\n')}\n`
}

function keysOf({ isPrimary, isForeign, isUnique, isNotNull }: DiagramColumn): string {
  const keys = [isPrimary ? 'PK' : '', isForeign ? 'FK' : '', isUnique ? 'UK' : ''].filter(
    (key) => key !== '',
  )
  return (keys.length === 0 ? '' : ` ${keys.join(', ')}`) + (isNotNull ? '' : ' "null"')
}

/** A type or a column is one word that begins with a letter there. */
function wordOf(text: string): string {
  const word = text.replaceAll(/[^\p{L}\p{N}_()[\]-]+/gu, '_')
  return /^\p{L}/u.test(word) ? word : `c${word}`
}

function labelText(text: string): string {
  return text.replaceAll('"', '#quot;').replaceAll(/[\r\n]+/g, ' ')
}
