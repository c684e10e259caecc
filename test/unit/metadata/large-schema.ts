/** What a column of the generated tables is declared as; the builders that are imported for them are listed below. */
const COLUMNS = [
  'text().notNull()',
  'text()',
  'integer().notNull().default(0)',
  'boolean().notNull().default(false)',
  'timestamptz().notNull().default(new Date(0))',
  'jsonb<{ a: number }>()',
  'numeric(10, 2).notNull()',
  'text().array().notNull().default([])',
  'mood().notNull()',
  'uuid().unique()',
  'date()',
  'varchar(20).check("true")',
] as const

const IMPORTS: Readonly<Record<string, string>> = {
  'check-references': 'type CheckReferences',
  'enum-type': 'enumType',
  'foreign-key': 'foreignKey',
  'infer-database': 'type InferDatabase',
  'number-columns': 'bigint, integer, numeric',
  table: 'table',
  'table-index': 'index',
  'text-columns': 'text, uuid, varchar',
  'time-columns': 'date, timestamptz',
  'value-columns': 'boolean, jsonb',
}

/** What {@link largeSchema} generates. */
export interface LargeSchemaOptions {
  readonly tables: number
  readonly queries: number
  /** Adds the proof that every reference fits. */
  readonly withCheckReferences: boolean
  /** The path from the generated file to `src/metadata`. */
  readonly metadataPath: string
}

/** Writes a program of many tables of 15 columns, with references in circles, and of many queries over them. */
export function largeSchema({
  tables,
  queries,
  withCheckReferences,
  metadataPath,
}: LargeSchemaOptions): string {
  const numbers = Array.from({ length: tables }, (_, number) => number)
  const keys = numbers.map((number) => `t${String(number)}`)
  return [
    `import type { Insertable, Kysely } from 'kysely'`,
    ...Object.entries(IMPORTS).map(
      ([file, names]) => `import { ${names} } from '${metadataPath}/${file}.js'`,
    ),
    `const mood = enumType('mood', ['sad', 'ok', 'happy'])`,
    ...numbers.map((number) => tableText(number, tables)),
    `export const tables = { ${keys.join(', ')} }`,
    // Not the interface that the documentation recommends: it would hide a remap that costs millions (METADATA, 0.3).
    `export type DB = InferDatabase<typeof tables>`,
    `export type Used = CheckReferences<{}> | Insertable<object>`,
    withCheckReferences ? `export const allFit: CheckReferences<typeof tables> = {}` : '',
    `export async function run(db: Kysely<DB>): Promise<void> {`,
    ...Array.from({ length: queries }, (_, number) => queryText(number, tables)),
    `}`,
  ].join('\n')
}

function tableText(number: number, count: number): string {
  const columns = Array.from({ length: 12 }, (_, position) => {
    const declared = COLUMNS[(number + position) % COLUMNS.length] ?? ''
    return `c${String(position)}: ${declared}`
  })
  const target = (number * 7 + 3) % count
  // In 27 real schemas one reference in forty is over several columns.
  const pair =
    number % 10 === 0
      ? `, foreignKey([t.otherId, t.parentId], () => [t${String(target)}.id, t${String(target)}.parentId] as const)`
      : ''
  return `export const t${String(number)} = table('t${String(number)}', {
  id: bigint().identity().primaryKey(),
  ${columns.join(',\n  ')},
  parentId: bigint().references(() => t${String(number)}.id),
  otherId: bigint().notNull().references(() => t${String(target)}.id),
}, (t) => [index(t.otherId)${pair}])`
}

function queryText(number: number, count: number): string {
  const table = `t${String((number * 13) % count)}`
  const other = `t${String((number * 13 + 1) % count)}`
  const forms = [
    `await db.selectFrom('${table}').selectAll().where('id', '=', 1n).executeTakeFirst()`,
    `await db.insertInto('${table}').values({} as Insertable<DB['${table}']>).execute()`,
    `await db.selectFrom('${table}').select(['id', 'c0', 'c3', 'otherId']).where('otherId', '=', 2n).orderBy('id', 'desc').limit(10).execute()`,
    `await db.updateTable('${table}').set({ parentId: 5n }).where('id', '=', 3n).returning('id').execute()`,
    `await db.selectFrom('${table}').innerJoin('${other}', '${other}.id', '${table}.otherId').select(['${table}.id', '${other}.c1']).execute()`,
  ]
  return `  ${forms[number % forms.length] ?? ''}`
}
