/**
 * The catalog queries about tables and what belongs to them. `version` is the server's major version; names that only
 * later versions have are asked for there alone. Parameters: `$1` is an array of schema names in RELATIONS, of oids of
 * relations in the others.
 *
 * @see PostgreSQL manual, "System Catalogs"
 */

/** Refuses members of extensions, whatever their names: CREATE EXTENSION makes them. */
export function notMember(catalog: string, oid: string): string {
  return `not exists (select from pg_depend e
    where e.classid = 'pg_catalog.${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`
}

/** Tables, partitions and views of the schemas; and the tables elsewhere that their foreign keys lead to. */
export const RELATIONS = `
with recursive wanted (oid) as (
  select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm') and c.relpersistence <> 't'
      and ${notMember('pg_class', 'c.oid')}
  union
  select step.oid from wanted w cross join lateral (
    select f.confrelid from pg_constraint f where f.conrelid = w.oid and f.contype = 'f'
    union all select i.inhparent from pg_inherits i where i.inhrelid = w.oid
    union all select i.inhrelid from pg_inherits i join pg_class p on p.oid = i.inhrelid
      where i.inhparent = w.oid and p.relispartition) step (oid)
)
select c.oid::text, n.nspname::text as schema, c.relname::text as name, c.relkind::text as kind,
    c.relpersistence = 'u' as "isUnlogged",
    coalesce(c.reloptions, '{}') || coalesce((select array_agg('toast.' || o) from unnest(t.reloptions) o), '{}') as options,
    nullif(m.amname::text, 'heap') as method, s.spcname::text as tablespace,
    c.relrowsecurity as "hasRowSecurity", c.relforcerowsecurity as "forcesRowSecurity",
    c.relreplident::text as "replicaIdentity",
    (select r.relname::text from pg_index x join pg_class r on r.oid = x.indexrelid
      where x.indrelid = c.oid and x.indisreplident limit 1) as "replicaIndex",
    pg_get_partkeydef(c.oid) as "partitionKey", pg_get_expr(c.relpartbound, c.oid) as bound,
    array(select i.inhparent::text from pg_inherits i where i.inhrelid = c.oid order by i.inhseqno) as parents,
    c.relispartition as "isPartition", c.reltype::text as "rowType",
    (select y.typarray::text from pg_type y where y.oid = c.reltype) as "rowArray",
    case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end as "viewQuery",
    c.relispopulated as "isPopulated", obj_description(c.oid, 'pg_class') as comment
  from wanted w join pg_class c on c.oid = w.oid join pg_namespace n on n.oid = c.relnamespace
  left join pg_class t on t.oid = c.reltoastrelid
  left join pg_am m on m.oid = c.relam
  left join pg_tablespace s on s.oid = c.reltablespace
  where c.relkind in ('r', 'p', 'v', 'm')
  order by n.nspname <> ($1::text[])[1], n.nspname, c.relname`

/** What a type is made of; `t` is its row in pg_type, `e` that of the element if it is an array. */
export function elementColumns(typeOid: string, typmod: string): string {
  return `pg_catalog.format_type(${typeOid}, ${typmod}) as type, e.oid::text as element, e.typname::text as "elementName",
    (select x.extname::text from pg_depend d join pg_extension x on x.oid = d.refobjid
      where d.classid = 'pg_catalog.pg_type'::regclass and d.objid = e.oid and d.deptype = 'e') as "elementExtension",
    e.oid <> t.oid as "isArray"`
}

/** Columns of relations. */
export function columnsQuery(version: number): string {
  return `
select a.attrelid::text as relation, a.attnum::int as position, a.attname::text as name, quote_ident(a.attname) as quoted,
    ${elementColumns('a.atttypid', 'a.atttypmod')}, a.attndims::int as dimensions,
    a.attnotnull as "isNotNull", pg_get_expr(d.adbin, d.adrelid) as default, d.oid::text as "defaultOid",
    a.attidentity::text as identity, a.attgenerated::text as generated,
    l.collname::text as collation, ln.nspname::text as "collationSchema",
    case when a.attstorage <> t.typstorage then a.attstorage::text end as storage, a.attcompression::text as compression,
    ${version >= 17 ? 'a.attstattarget::int' : 'nullif(a.attstattarget, -1)'} as statistics, coalesce(a.attoptions, '{}') as options,
    a.attislocal as "isLocal", a.attinhcount::int as parents, c.description as comment
  from pg_attribute a
  join pg_type t on t.oid = a.atttypid
  join pg_type e on e.oid = case when t.typelem <> 0 and t.typlen = -1 and t.typcategory = 'A' then t.typelem else t.oid end
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
  left join pg_collation l on l.oid = a.attcollation and a.attcollation <> t.typcollation
  left join pg_namespace ln on ln.oid = l.collnamespace
  left join pg_description c on c.objoid = a.attrelid and c.objsubid = a.attnum and c.classoid = 'pg_catalog.pg_class'::regclass
  where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
  order by a.attrelid, a.attnum`
}

/** Constraints of relations and of the domains in the schemas of `$2`. */
export function constraintsQuery(version: number): string {
  return `
select k.oid::text, nullif(k.conrelid, 0)::text as relation, nullif(k.contypid, 0)::text as domain,
    k.conname::text as name, k.contype::text as kind,
    coalesce(k.conkey, '{}')::int[] as columns, nullif(k.confrelid, 0)::text as target,
    coalesce(k.confkey, '{}')::int[] as "targetColumns", k.confupdtype::text as "onUpdate", k.confdeltype::text as "onDelete",
    ${version >= 15 ? "coalesce(k.confdelsetcols, '{}')::int[]" : "'{}'::int[]"} as "onDeleteColumns",
    k.confmatchtype::text as match, k.condeferrable as "isDeferrable", k.condeferred as "isDeferred",
    k.convalidated as "isValid", ${version >= 18 ? 'k.conenforced' : 'true'} as "isEnforced",
    k.connoinherit as "isNoInherit", k.conparentid <> 0 or k.coninhcount > 0 as "isInherited",
    ${version >= 18 ? 'k.conperiod' : 'false'} as "hasPeriod",
    case when k.contype = 'c' then pg_get_expr(k.conbin, k.conrelid) end as expression,
    pg_get_constraintdef(k.oid) as definition, nullif(k.conindid, 0)::text as index,
    array(select case when pg_operator_is_visible(o.oid) then o.oprname::text
        else format('OPERATOR(%I.%s)', n.nspname, o.oprname) end
      from unnest(k.conexclop) with ordinality x (oid, position)
      join pg_operator o on o.oid = x.oid join pg_namespace n on n.oid = o.oprnamespace order by x.position) as operators,
    obj_description(k.oid, 'pg_constraint') as comment
  from pg_constraint k
  where k.contype in ('c', 'f', 'n', 'p', 'u', 'x')
    and (k.conrelid = any($1::oid[]) or k.conrelid = 0 and k.connamespace in (
      select oid from pg_namespace where nspname = any($2::text[])))
  order by k.conrelid, k.oid`
}

/** Indexes of relations. */
export function indexesQuery(version: number): string {
  return `
select i.indexrelid::text as oid, i.indrelid::text as relation, c.relname::text as name,
    pg_get_indexdef(i.indexrelid) as definition,
    array(select pg_get_indexdef(i.indexrelid, n, false) from generate_series(1, i.indnkeyatts) n) as keys,
    i.indkey::int[] as columns, m.amname::text as method, i.indisunique as "isUnique",
    i.indisprimary as "isPrimary",
    array(select a.attname::text from pg_attribute a where a.attrelid = i.indexrelid order by a.attnum) as attributes,
    ${version >= 15 ? 'i.indnullsnotdistinct' : 'false'} as "isNullsNotDistinct", i.indisclustered as "isClustered",
    pg_get_expr(i.indpred, i.indrelid) as predicate, coalesce(c.reloptions, '{}') as options,
    s.spcname::text as tablespace,
    (select h.inhparent::text from pg_inherits h where h.inhrelid = i.indexrelid) as parent,
    exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) as "hasConstraint",
    array(select format('%s SET STATISTICS %s', a.attnum, a.attstattarget) from pg_attribute a
      where a.attrelid = i.indexrelid and a.attstattarget >= 0 order by a.attnum) as statistics,
    obj_description(i.indexrelid, 'pg_class') as comment
  from pg_index i
  join pg_class c on c.oid = i.indexrelid
  join pg_am m on m.oid = c.relam
  left join pg_tablespace s on s.oid = c.reltablespace
  where i.indrelid = any($1::oid[])
  order by i.indrelid, c.relname`
}

/** Row-level security policies of relations. */
export const POLICIES = `
select p.oid::text, p.polrelid::text as relation, p.polname::text as name, p.polcmd::text as command,
    p.polpermissive as "isPermissive",
    array(select case r when 0 then 'public' else pg_get_userbyid(r)::text end from unnest(p.polroles) r order by 1) as roles,
    pg_get_expr(p.polqual, p.polrelid) as using, pg_get_expr(p.polwithcheck, p.polrelid) as "withCheck",
    obj_description(p.oid, 'pg_policy') as comment
  from pg_policy p where p.polrelid = any($1::oid[])
  order by p.polrelid, p.polname`
