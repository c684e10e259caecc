import { elementColumns, notMember } from './relation-queries.js'

/** The catalog queries about schemas and what is in them beside tables. `$1` is an array of schema names. */

/**
 * Where the reflection takes place, the schemas, and all extensions but the one that every database has; then the search
 * path is the first of them alone. `$1` may be null: the first schema of the search path. LOCAL: it ends with the
 * transaction. `pg_temp` last, so that a temporary table hides nothing. Without just-in-time compilation: the planner
 * takes the recursion over tables for millions of rows, and the server would compile for a second what runs for 50 ms.
 */
export const SERVER = `
with named (name, position) as (
  select * from unnest(coalesce($1::text[], array[current_schema()::text])) with ordinality
)
select current_setting('server_version_num')::int / 10000 as version, current_database()::text as database,
    current_setting('search_path') as path, current_setting('jit') as jit,
    array(select name from named where name is not null order by position) as named,
    (select coalesce(json_agg(json_build_object('name', n.nspname, 'comment', obj_description(n.oid, 'pg_namespace'),
        'isUsable', has_schema_privilege(n.oid, 'usage'))), '[]')
      from pg_namespace n where n.nspname in (select name from named)) as namespaces,
    (select coalesce(json_agg(json_build_object('name', x.extname, 'schema', n.nspname,
        'comment', obj_description(x.oid, 'pg_extension'), 'defaultComment', a.comment) order by x.extname), '[]')
      from pg_extension x join pg_namespace n on n.oid = x.extnamespace
      left join pg_available_extensions a on a.name = x.extname where x.extname <> 'plpgsql') as extensions,
    set_config('search_path', coalesce((select quote_ident(name) from named where position = 1) || ', ', '') || 'pg_temp', true),
    set_config('jit', 'off', true)`

/** Puts the settings back, in a transaction that goes on. */
export const RESTORE_SETTINGS = `select set_config('search_path', $1, true), set_config('jit', $2, true)`

/** Enums and domains. */
export const TYPES = `
select u.oid::text, u.typarray::text as "arrayOid", n.nspname::text as schema, u.typname::text as name,
    u.typtype::text as kind,
    array(select l.enumlabel::text from pg_enum l where l.enumtypid = u.oid order by l.enumsortorder) as labels,
    u.typnotnull as "isNotNull", coalesce(pg_get_expr(u.typdefaultbin, 0), u.typdefault) as default,
    ${elementColumns('t.oid', 'u.typtypmod')}, u.typndims::int as dimensions,
    l.collname::text as collation, ln.nspname::text as "collationSchema", obj_description(u.oid, 'pg_type') as comment
  from pg_type u
  join pg_namespace n on n.oid = u.typnamespace
  join pg_type t on t.oid = case u.typtype when 'd' then u.typbasetype else u.oid end
  join pg_type e on e.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A' then t.typelem else t.oid end
  left join pg_collation l on l.oid = u.typcollation and u.typcollation <> t.typcollation
  left join pg_namespace ln on ln.oid = l.collnamespace
  where n.nspname = any($1::text[]) and u.typtype in ('d', 'e') and ${notMember('pg_type', 'u.oid')}
  order by n.nspname, u.typname`

/** Sequences of the schemas, and those that the relations of `$2` own. */
export const SEQUENCES = `
select c.oid::text, n.nspname::text as schema, c.relname::text as name, c.oid::regclass::text as regclass, c.relpersistence = 'u' as "isUnlogged",
    format_type(s.seqtypid, null) as type, s.seqstart::text as start, s.seqincrement::text as increment,
    s.seqmin::text as min, s.seqmax::text as max, s.seqcache::text as cache, s.seqcycle as cycle,
    d.refobjid::text as owner, d.refobjsubid::int as "ownerColumn", d.deptype::text as ownership,
    obj_description(c.oid, 'pg_class') as comment
  from pg_sequence s
  join pg_class c on c.oid = s.seqrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.objsubid = 0
    and d.refclassid = 'pg_catalog.pg_class'::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0
  where (n.nspname = any($1::text[]) or d.refobjid = any($2::oid[])) and c.relpersistence <> 't'
    and ${notMember('pg_class', 'c.oid')}
  order by n.nspname, c.relname`

/**
 * Who needs whom, as far as the needed one is in the schemas or among the relations of `$2`. Parts of a relation are
 * named by their own identifiers.
 */
export const DEPENDENCIES = `
with spaces as (select oid from pg_namespace where nspname = any($1::text[])),
needed (class, oid) as (
  select 'pg_class'::regclass, unnest($2::oid[])
  union all select 'pg_class'::regclass, oid from pg_class
    where relkind in ('S', 'c', 'f') and relnamespace in (select oid from spaces)
  union all select 'pg_type'::regclass, oid from pg_type where typnamespace in (select oid from spaces)
  union all select 'pg_proc'::regclass, oid from pg_proc where pronamespace in (select oid from spaces)
  union all select 'pg_operator'::regclass, oid from pg_operator where oprnamespace in (select oid from spaces)
  union all select 'pg_opclass'::regclass, oid from pg_opclass where opcnamespace in (select oid from spaces)
  union all select 'pg_opfamily'::regclass, oid from pg_opfamily where opfnamespace in (select oid from spaces)
  union all select 'pg_collation'::regclass, oid from pg_collation where collnamespace in (select oid from spaces)
  union all select 'pg_ts_config'::regclass, oid from pg_ts_config where cfgnamespace in (select oid from spaces)
  union all select 'pg_foreign_server'::regclass, oid from pg_foreign_server
  union all select 'pg_ts_dict'::regclass, oid from pg_ts_dict where dictnamespace in (select oid from spaces)
)
select distinct o.catalog, case when o.catalog = 'pg_class' and r.ev_class is not null then r.ev_class else d.objid end::text as object,
    d.refclassid::regclass::text as "neededCatalog", d.refobjid::text as needed
  from needed x
  join pg_depend d on d.refclassid = x.class and d.refobjid = x.oid and d.deptype in ('a', 'i', 'n')
  left join pg_rewrite r on d.classid = 'pg_rewrite'::regclass and r.oid = d.objid and r.rulename = '_RETURN'
  cross join lateral (select case when r.oid is not null then 'pg_class' else d.classid::regclass::text end as catalog) o
  where (d.objid, d.refobjid) is distinct from (d.refobjid, d.objid) and o.catalog <> 'pg_toast'`
