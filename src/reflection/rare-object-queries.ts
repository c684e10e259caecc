import { comment } from './raw-queries.js'
import { notMember } from './relation-queries.js'

/**
 * The catalog query for what few schemas have: foreign tables and their servers, event triggers; and what no raw object can
 * stand for, which comes without SQL. Columns as in `raw-queries.ts`. User mappings hold passwords and are not read.
 */

const optionsOf = (options: string): string =>
  `(select ' OPTIONS (' || string_agg(format('%I %L', o.option_name, o.option_value), ', ') || ')'
    from pg_options_to_table(${options}) o)`

const SERVERS = `
select 'pg_foreign_server' as catalog, s.oid::text, 'server' as kind, null::text as schema, s.srvname::text as name,
    null::text as arguments, null::text as relation, quote_ident(s.srvname) as anchor,
    array[format('CREATE SERVER %I%s%s FOREIGN DATA WRAPPER %I%s', s.srvname, ' TYPE ' || quote_literal(s.srvtype),
        ' VERSION ' || quote_literal(s.srvversion), w.fdwname, ${optionsOf('s.srvoptions')})]
      || ${comment("format('SERVER %I', s.srvname)", 's.oid', 'pg_foreign_server')} as create,
    format('DROP SERVER IF EXISTS %I', s.srvname) as drop, '{}'::text[] as aliases
  from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw
  where ${notMember('pg_foreign_server', 's.oid')} and exists (select from pg_foreign_table f join pg_class c on c.oid = f.ftrelid
    join pg_namespace n on n.oid = c.relnamespace where f.ftserver = s.oid and n.nspname = any($1::text[]))`

const COLUMN = `concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
      ltrim(${optionsOf('a.attfdwoptions')}),
      case when a.attcollation <> t.typcollation then 'COLLATE ' || a.attcollation::regcollation end,
      case when a.attgenerated = '' then 'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)
        else 'GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ') STORED' end,
      case when a.attnotnull then 'NOT NULL' end)`

const FOREIGN_TABLES = `
select 'pg_class', c.oid::text, 'foreign table', n.nspname::text, c.relname::text, null, null, anchor,
    array[format('CREATE FOREIGN TABLE %s%s SERVER %I%s', anchor,
      case when c.relispartition then (select format(' PARTITION OF %s %s', h.inhparent::regclass, pg_get_expr(c.relpartbound, c.oid))
        from pg_inherits h where h.inhrelid = c.oid)
      else ' (' || array_to_string(
        array(select ${COLUMN} from pg_attribute a join pg_type t on t.oid = a.atttypid
          left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
        || array(select format('CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)) from pg_constraint k
          where k.conrelid = c.oid and k.contype = 'c' and k.conislocal order by k.conname), ', ') || ')'
        || coalesce((select ' INHERITS (' || string_agg(h.inhparent::regclass::text, ', ' order by h.inhseqno) || ')'
          from pg_inherits h where h.inhrelid = c.oid), '') end,
      s.srvname, ${optionsOf('f.ftoptions')})]
      || ${comment("'FOREIGN TABLE ' || anchor", 'c.oid', 'pg_class')}
      || array(select format('COMMENT ON COLUMN %s.%I IS %L', anchor, a.attname, col_description(c.oid, a.attnum)) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and col_description(c.oid, a.attnum) is not null order by a.attnum),
    format('DROP FOREIGN TABLE IF EXISTS %s', anchor),
    array['pg_type:' || c.reltype, 'pg_type:' || (select y.typarray from pg_type y where y.oid = c.reltype)]
  from pg_foreign_table f join pg_class c on c.oid = f.ftrelid join pg_namespace n on n.oid = c.relnamespace
  join pg_foreign_server s on s.oid = f.ftserver
  cross join lateral (select format('%I.%I', n.nspname, c.relname) as anchor) k
  where n.nspname = any($1::text[]) and ${notMember('pg_class', 'c.oid')}`

const STATE = `case v.evtenabled when 'D' then 'DISABLE' when 'R' then 'ENABLE REPLICA' when 'A' then 'ENABLE ALWAYS' end`

const EVENT_TRIGGERS = `
select 'pg_event_trigger', v.oid::text, 'event trigger', null, v.evtname::text, null, null, quote_ident(v.evtname),
    array[format('CREATE EVENT TRIGGER %I ON %s%s EXECUTE FUNCTION %s()', v.evtname, v.evtevent,
        (select ' WHEN TAG IN (' || string_agg(quote_literal(tag), ', ') || ')' from unnest(v.evttags) tag), v.evtfoid::regproc)]
      || case when v.evtenabled = 'O' then '{}' else array[format('ALTER EVENT TRIGGER %I %s', v.evtname, ${STATE})] end
      || ${comment("format('EVENT TRIGGER %I', v.evtname)", 'v.oid', 'pg_event_trigger')},
    format('DROP EVENT TRIGGER IF EXISTS %I', v.evtname), '{}'
  from pg_event_trigger v join pg_proc p on p.oid = v.evtfoid join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any($1::text[]) and ${notMember('pg_event_trigger', 'v.oid')}`

const unsupported = (catalog: string, kind: string, schema: string, name: string, from: string): string => `
select '${catalog}', t.oid::text, '${kind}', ${schema}, ${name}::text, null, null, '', '{}'::text[], '', '{}'::text[]
  from ${catalog} t ${from} and ${notMember(catalog, 't.oid')}`

const inSchema = (prefix: string): string =>
  `join pg_namespace n on n.oid = t.${prefix}namespace where n.nspname = any($1::text[])`

const UNSUPPORTED: readonly string[] = [
  unsupported(
    'pg_type',
    'base type',
    'n.nspname::text',
    't.typname',
    `${inSchema('typ')} and t.typtype = 'b' and not exists (select from pg_type of where of.typarray = t.oid)`,
  ),
  unsupported('pg_conversion', 'conversion', 'n.nspname::text', 't.conname', inSchema('con')),
  unsupported('pg_ts_parser', 'text search parser', 'n.nspname::text', 't.prsname', inSchema('prs')),
  unsupported('pg_ts_template', 'text search template', 'n.nspname::text', 't.tmplname', inSchema('tmpl')),
  unsupported(
    'pg_trigger',
    'trigger of a foreign table',
    'n.nspname::text',
    't.tgname',
    `join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any($1::text[]) and c.relkind = 'f' and not t.tgisinternal`,
  ),
  unsupported(
    'pg_foreign_data_wrapper',
    'foreign data wrapper',
    'null',
    't.fdwname',
    `where exists (select from pg_foreign_server s join pg_foreign_table f on f.ftserver = s.oid join pg_class c on c.oid = f.ftrelid
      join pg_namespace n on n.oid = c.relnamespace where s.srvfdw = t.oid and n.nspname = any($1::text[]))`,
  ),
  unsupported(
    'pg_publication',
    'publication',
    'null',
    't.pubname',
    `where exists (select from pg_publication_rel r where r.prpubid = t.oid and r.prrelid = any($2::oid[]))`,
  ),
]

/** Servers, foreign tables, event triggers, and what is not supported: rows without `create`. */
export const RARE_OBJECTS = [SERVERS, FOREIGN_TABLES, EVENT_TRIGGERS, ...UNSUPPORTED].join('\nunion all')
