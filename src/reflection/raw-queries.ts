import { notMember } from './relation-queries.js'

/**
 * The catalog queries whose rows become raw objects: the server writes the SQL that creates them, or it is put together
 * here, quoted by the server's own format(). `$1` is an array of schema names, `$2` one of oids of relations.
 *
 * `anchor` is the qualified name in the SQL that moves along when the metadata goes to another schema.
 */

/** COMMENT ON as an array of one statement, or of none. */
export function comment(target: string, oid: string, catalog: string): string {
  return `case when obj_description(${oid}, '${catalog}') is null then '{}'::text[]
    else array[format('COMMENT ON %s IS %L', ${target}, obj_description(${oid}, '${catalog}'))] end`
}

const AGGREGATE = `format('CREATE AGGREGATE %s(%s) (%s)', anchor, coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*'), concat_ws(', ',
  'SFUNC = ' || a.aggtransfn, 'STYPE = ' || format_type(a.aggtranstype, null),
  'SSPACE = ' || nullif(a.aggtransspace, 0), 'FINALFUNC = ' || nullif(a.aggfinalfn::text, '-'),
  case when a.aggfinalextra then 'FINALFUNC_EXTRA' end,
  'FINALFUNC_MODIFY = ' || case a.aggfinalmodify when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end,
  'COMBINEFUNC = ' || nullif(a.aggcombinefn::text, '-'), 'SERIALFUNC = ' || nullif(a.aggserialfn::text, '-'),
  'DESERIALFUNC = ' || nullif(a.aggdeserialfn::text, '-'), 'INITCOND = ' || quote_literal(a.agginitval),
  'MSFUNC = ' || nullif(a.aggmtransfn::text, '-'), 'MINVFUNC = ' || nullif(a.aggminvtransfn::text, '-'),
  'MSTYPE = ' || format_type(nullif(a.aggmtranstype, 0), null), 'MSSPACE = ' || nullif(a.aggmtransspace, 0),
  'MFINALFUNC = ' || nullif(a.aggmfinalfn::text, '-'), case when a.aggmfinalextra then 'MFINALFUNC_EXTRA' end,
  case when a.aggmtransfn::oid <> 0 then 'MFINALFUNC_MODIFY = ' ||
    case a.aggmfinalmodify when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end end,
  'MINITCOND = ' || quote_literal(a.aggminitval),
  'SORTOP = ' || (select format('OPERATOR(%I.%s)', sn.nspname, so.oprname) from pg_operator so
    join pg_namespace sn on sn.oid = so.oprnamespace where so.oid = a.aggsortop),
  case when a.aggkind = 'h' then 'HYPOTHETICAL' end,
  'PARALLEL = ' || case p.proparallel when 's' then 'SAFE' when 'r' then 'RESTRICTED' end))`

/** Functions, procedures and aggregates. */
export const ROUTINES = `
select 'pg_proc' as catalog, p.oid::text, k.kind, n.nspname::text as schema, p.proname::text as name,
    oidvectortypes(p.proargtypes) as arguments, null::text as relation, anchor,
    case when p.prokind = 'a' then array[${AGGREGATE}] else array[pg_get_functiondef(p.oid)] end
      || ${comment("format('%s %s(%s)', upper(k.kind), anchor, k.identity)", 'p.oid', 'pg_proc')} as create,
    format('DROP %s IF EXISTS %s(%s)', upper(k.kind), anchor, k.identity) as drop,
    '{}'::text[] as aliases
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
  left join pg_aggregate a on a.aggfnoid = p.oid
  cross join lateral (select case p.prokind when 'a' then 'aggregate' when 'p' then 'procedure' else 'function' end as kind,
    case when p.prokind = 'a' and p.pronargs = 0 then '*' else pg_get_function_identity_arguments(p.oid) end as identity,
    format('%I.%I', n.nspname, p.proname) as anchor) k
  where n.nspname = any($1::text[]) and ${notMember('pg_proc', 'p.oid')}
    and not exists (select from pg_depend i where i.classid = 'pg_catalog.pg_proc'::regclass and i.objid = p.oid
      and i.deptype = 'i')
  order by n.nspname, p.proname, 6`

const STATE = `case t.tgenabled when 'D' then 'DISABLE' when 'R' then 'ENABLE REPLICA' when 'A' then 'ENABLE ALWAYS' end`
const RULE_STATE = STATE.replace('t.tgenabled', 't.ev_enabled')

/** Triggers, rules and extended statistics. */
export const TABLE_OBJECTS = `
select 'pg_trigger' as catalog, t.oid::text, 'trigger' as kind, n.nspname::text as schema, t.tgname::text as name,
    null::text as arguments, c.oid::text as relation, anchor,
    array[pg_get_triggerdef(t.oid)]
      || case when t.tgenabled = 'O' then '{}' else array[format('ALTER TABLE %s %s TRIGGER %I', anchor, ${STATE}, t.tgname)] end
      || ${comment("format('TRIGGER %I ON %s', t.tgname, anchor)", 't.oid', 'pg_trigger')} as create,
    format('DROP TRIGGER IF EXISTS %I ON %s', t.tgname, anchor) as drop, '{}'::text[] as aliases
  from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select format('%I.%I', n.nspname, c.relname) as anchor) k
  where c.oid = any($2::oid[]) and not t.tgisinternal and t.tgparentid = 0
union all
select 'pg_rewrite', t.oid::text, 'rule', n.nspname::text, t.rulename::text, null, c.oid::text, anchor,
    array[pg_get_ruledef(t.oid)]
      || case when t.ev_enabled = 'O' then '{}' else array[format('ALTER TABLE %s %s RULE %I', anchor, ${RULE_STATE}, t.rulename)] end
      || ${comment("format('RULE %I ON %s', t.rulename, anchor)", 't.oid', 'pg_rewrite')},
    format('DROP RULE IF EXISTS %I ON %s', t.rulename, anchor), '{}'
  from pg_rewrite t join pg_class c on c.oid = t.ev_class join pg_namespace n on n.oid = c.relnamespace
  cross join lateral (select format('%I.%I', n.nspname, c.relname) as anchor) k
  where c.oid = any($2::oid[]) and t.rulename <> '_RETURN'
union all
select 'pg_statistic_ext', t.oid::text, 'statistics', n.nspname::text, t.stxname::text, null, t.stxrelid::text, anchor,
    array[pg_get_statisticsobjdef(t.oid)]
      || case when t.stxstattarget >= 0 then array[format('ALTER STATISTICS %s SET STATISTICS %s', anchor, t.stxstattarget)] else '{}' end
      || ${comment("'STATISTICS ' || anchor", 't.oid', 'pg_statistic_ext')},
    format('DROP STATISTICS IF EXISTS %s', anchor), '{}'
  from pg_statistic_ext t join pg_namespace n on n.oid = t.stxnamespace
  cross join lateral (select format('%I.%I', n.nspname, t.stxname) as anchor) k
  where t.stxrelid = any($2::oid[])
order by 4, 7, 5`
