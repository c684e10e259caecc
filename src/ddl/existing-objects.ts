import type { Metadata } from '../metadata/metadata.js'

/** An object that is in the database already: a row of what {@link existingObjectsQuery} gives. */
export interface ExistingObject {
  /**
   * `relation` is a table, view, foreign table, index or sequence; `type` includes domains; `routine` is a function,
   * procedure or aggregate; others as in `sqlObject`.
   */
  readonly kind: string
  /** Empty for what lives in no schema. */
  readonly schema: string
  readonly name: string
  /** The argument types of a routine or operator, or the table of a trigger, rule or policy; else empty. */
  readonly detail: string
}

/** A statement with its parameters. */
export interface ExistingObjectsQuery {
  /** One SELECT. */
  readonly sql: string
  /** The names of the schemas, as one array. */
  readonly parameters: readonly [readonly string[]]
}

/** Kinds that are told by schema and name alone; the columns of their catalogs begin with the prefix. */
const NAMED = (
  [
    ['collation', 'pg_collation', 'coll'],
    ['statistics', 'pg_statistic_ext', 'stx'],
    ['operator class', 'pg_opclass', 'opc'],
    ['operator family', 'pg_opfamily', 'opf'],
    ['text search configuration', 'pg_ts_config', 'cfg'],
    ['text search dictionary', 'pg_ts_dict', 'dict'],
  ] as const
).map(
  ([kind, catalog, prefix]) => `
select '${kind}', n.nspname::text, o.${prefix}name::text, ''
  from pg_catalog.${catalog} o join pg_catalog.pg_namespace n on n.oid = o.${prefix}namespace
  where n.nspname = any($1::text[])`,
)

const SQL = `
select 'schema' as kind, '' as schema, nspname::text as name, '' as detail
  from pg_catalog.pg_namespace where nspname = any($1::text[])
union all
select 'extension', '', extname::text, '' from pg_catalog.pg_extension
union all
select 'relation', n.nspname::text, c.relname::text, ''
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
union all
select 'type', n.nspname::text, t.typname::text, ''
  from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace
  where n.nspname = any($1::text[]) and t.typtype in ('e', 'd', 'c', 'r')
union all
select 'routine', n.nspname::text, p.proname::text, pg_catalog.oidvectortypes(p.proargtypes)
  from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any($1::text[])
union all
select 'trigger', n.nspname::text, t.tgname::text, c.relname::text
  from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[]) and not t.tgisinternal
union all
select 'rule', n.nspname::text, r.rulename::text, c.relname::text
  from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[])
union all
select 'operator', n.nspname::text, o.oprname::text, pg_catalog.concat_ws(', ',
    pg_catalog.format_type(nullif(o.oprleft, 0), null), pg_catalog.format_type(nullif(o.oprright, 0), null))
  from pg_catalog.pg_operator o join pg_catalog.pg_namespace n on n.oid = o.oprnamespace
  where n.nspname = any($1::text[]) and o.oprcode <> 0
union all${NAMED.join('\nunion all')}
union all
select 'cast', '', pg_catalog.format_type(castsource, null) || ' AS ' || pg_catalog.format_type(casttarget, null), ''
  from pg_catalog.pg_cast where oid >= 16384
union all
select 'server', '', srvname::text, '' from pg_catalog.pg_foreign_server
union all
select 'event trigger', '', evtname::text, '' from pg_catalog.pg_event_trigger`

/**
 * Writes the query that finds what of a metadata may be in the database already. Pure; whoever runs it passes its rows
 * to `createStatements` or `dropStatements` as `existing`.
 *
 * @param metadata - The declared shape.
 * @returns One SELECT over the catalogs, whose rows are {@link ExistingObject}s.
 */
export function existingObjectsQuery(metadata: Metadata): ExistingObjectsQuery {
  return { sql: SQL.trim(), parameters: [metadata.description.schemas.map(({ name }) => name)] }
}

/** What else a kind is known as here. */
const KIND_OF: Readonly<Record<string, string>> = {
  function: 'routine',
  procedure: 'routine',
  aggregate: 'routine',
  'window function': 'routine',
  'foreign table': 'relation',
}

/** Kinds of which a database has one set, whatever schema a declaration gives them. */
const WITHOUT_SCHEMA: readonly string[] = ['cast', 'event trigger', 'server']

/**
 * What is in the database already, to be asked by kind and name.
 *
 * @internal
 */
export class ExistingSet {
  readonly #slots = new Set<string>()

  constructor(existing: Iterable<ExistingObject>) {
    for (const { kind, schema, name, detail } of existing) {
      this.#slots.add(slotOf(kind, schema, name, detail))
      this.#slots.add(slotOf(kind, schema, name, undefined))
    }
  }

  /**
   * Tells whether an object is there.
   *
   * @param kind - As in {@link ExistingObject}, or any routine's kind.
   * @param schema - Its schema, empty if it has none.
   * @param name - Its name.
   * @param detail - As in {@link ExistingObject}; undefined when any will do.
   * @returns True if it is there.
   */
  has(kind: string, schema: string, name: string, detail?: string): boolean {
    const place = WITHOUT_SCHEMA.includes(kind) ? '' : schema
    return this.#slots.has(slotOf(KIND_OF[kind] ?? kind, place, name, detail))
  }
}

function slotOf(kind: string, schema: string, name: string, detail: string | undefined): string {
  const types = TYPED_KINDS.includes(kind) ? detail?.replaceAll(QUALIFIER, '') : detail
  return [kind, schema, kind === 'cast' ? name.replaceAll(QUALIFIER, '') : name, types ?? '\0'].join('\0')
}

const TYPED_KINDS: readonly string[] = ['routine', 'operator']

/** Whether the server prints a type's schema depends on the search path; the bare names are enough to tell overloads apart. */
const QUALIFIER = /(?:"(?:[^"]|"")*"|[\w$]+)\.(?=["\w])/g
