import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import { exclude } from '../../../src/metadata/exclude.js'
import { unique } from '../../../src/metadata/key-constraint.js'
import { Metadata } from '../../../src/metadata/metadata.js'
import type { NamingConvention } from '../../../src/metadata/naming-convention.js'
import { integer } from '../../../src/metadata/number-columns.js'
import { int4range } from '../../../src/metadata/range-columns.js'
import { table } from '../../../src/metadata/table.js'
import { index } from '../../../src/metadata/table-index.js'
import { text } from '../../../src/metadata/text-columns.js'

const users = table(
  'users',
  {
    id: integer().primaryKey(),
    email: text().unique().check("email <> ''"),
    managerId: integer().references(() => users.id),
    during: int4range(),
  },
  (t) => [
    unique(t.id, t.email),
    index(t.email),
    index(sql`lower(${t.email})`, t.id),
    index('mine', t.id),
    exclude({ on: t.during, with: '&&' }),
  ],
)

function namesBy(namingConvention: NamingConvention | undefined): readonly string[] {
  const [described] = new Metadata({ tables: { users }, namingConvention }).description.tables
  const { primaryKey, uniques, checks, foreignKeys, indexes, exclusions } = described!
  return [primaryKey!, ...uniques, ...checks, ...foreignKeys, ...indexes, ...exclusions].map(
    ({ name }) => name,
  )
}

describe('NamingConvention', () => {
  it("is PostgreSQL's own unless told otherwise", () => {
    const names = [
      'users_pkey',
      'users_email_key',
      'users_id_email_key',
      'users_email_check',
      'users_managerId_fkey',
      'users_email_idx',
      'users_lower_id_idx',
      'mine',
      'users_during_excl',
    ]
    expect(namesBy(undefined)).toEqual(names)
    expect(namesBy('postgresql')).toEqual(names)
  })

  it('can be the set that SQLAlchemy recommends', () => {
    expect(namesBy('sqlalchemy')).toEqual([
      'pk_users',
      'uq_users_email',
      'uq_users_id_email',
      'ck_users_email',
      'fk_users_managerId_users',
      'ix_users_email',
      'ix_users_lower_id',
      'mine',
      'excl_users_during',
    ])
  })

  it('can be a function, which is told everything', () => {
    const seen: unknown[] = []
    let number = 0
    const names = namesBy((unnamed) => {
      seen.push(unnamed)
      return `n${String(number++)}`
    })
    expect(names).toHaveLength(9)
    expect(seen).toContainEqual({
      kind: 'foreignKey',
      table: 'users',
      columns: ['managerId'],
      target: 'users',
    })
    expect(seen).toContainEqual({
      kind: 'index',
      table: 'users',
      columns: ['lower', 'id'],
      target: undefined,
    })
  })

  it('is refused when it gives one name twice, or none', () => {
    expect(() => namesBy(() => 'same')).toThrow(/would both be called "same"/)
    expect(() => namesBy(() => '')).toThrow(/is empty/)
  })

  it('is refused when the server would cut two of its names to one', () => {
    const wide = table('w'.repeat(63), { a: integer().check('a > 0'), b: integer().check('b > 0') })
    expect(() => new Metadata({ tables: { wide }, namingConvention: 'sqlalchemy' })).toThrow(
      /would both be called/,
    )
    expect(() => new Metadata({ tables: { wide } })).not.toThrow()
  })
})
