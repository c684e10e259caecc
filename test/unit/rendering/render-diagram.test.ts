import { describe, expect, it } from 'vitest'
import { Metadata } from '../../../src/metadata/metadata.js'
import { bigint } from '../../../src/metadata/number-columns.js'
import { table } from '../../../src/metadata/table.js'
import { text } from '../../../src/metadata/text-columns.js'
import { renderDiagram } from '../../../src/rendering/render-diagram.js'

const users = table('users', { id: bigint().identity().primaryKey(), email: text().notNull().unique() })
const songs = table('the "songs" <&>', {
  id: bigint()
    .notNull()
    .primaryKey()
    .references(() => users.id),
  'owner id': bigint().references(() => users.id),
})
const metadata = new Metadata({ tables: { users, songs } })

describe('renderDiagram', () => {
  it('writes tables, keys and foreign keys in the words of Mermaid', async () => {
    expect(await renderDiagram(metadata)).toBe(`erDiagram
  t0["users"] {
    bigint id PK
    text email UK
  }
  t1["the #quot;songs#quot; <&>"] {
    bigint id PK, FK
    bigint owner_id FK "null"
  }
  t1 |o--|| t0 : "id"
  t1 }o--o| t0 : "owner id"
`)
  })

  it('draws each table once and each foreign key as a line, in SVG that needs nothing else', async () => {
    const svg = await renderDiagram(metadata, { format: 'svg' })
    expect(svg.match(/<rect class="table"/g)).toHaveLength(2)
    expect(svg.match(/<polyline/g)).toHaveLength(2)
    expect(svg).toContain('the &quot;songs&quot; &lt;&amp;&gt;')
    expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|<image/)
  })

  it('refuses a format it does not know', async () => {
    await expect(renderDiagram(metadata, { format: 'png' as 'svg' })).rejects.toThrow(
      'does not know the format "png"',
    )
  })
})
