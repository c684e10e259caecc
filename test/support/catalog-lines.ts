import pg from 'pg'

/**
 * What a database holds, one line for each fact, as the server prints it. Two databases with equal lines are the same but
 * for owners, grants and rows.
 *
 * Of its own: it shares no query with the reflection that it judges.
 */
export async function catalogLines(url: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url, application_name: 'test-support' })
  await client.connect()
  try {
    // With nothing in it the server qualifies every name.
    await client.query(`set search_path to ''`)
    const { rows } = await client.query<{ version: number }>(
      `select current_setting('server_version_num')::int / 10000 as version`,
    )
    const lines: string[] = []
    for (const sql of queries(rows[0]!.version)) {
      const found = await client.query<{ line: string }>(sql)
      lines.push(...found.rows.map(({ line }) => settled(line)))
    }
    return lines.sort()
  } finally {
    await client.end()
  }
}

/**
 * PostgreSQL prints `x in ('a', 'b')` over a varchar in one way, and what it printed, when that is loaded again, in
 * another way, which then stays. Both mean the same; here the first is turned into the second.
 */
function settled(line: string): string {
  return line.replaceAll(
    /\(ARRAY\[((?:'(?:[^']|'')*'::(?:character varying|bpchar)(?:, )?)+)\]\)::text\[\]/g,
    (_, items: string) =>
      `ARRAY[${[...items.matchAll(/'(?:[^']|'')*'::(?:character varying|bpchar)/g)].map(([item]) => `(${item})::text`).join(', ')}]`,
  )
}

const own = (catalog: string, oid: string): string =>
  `${oid} >= 16384 and not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${oid} and e.deptype = 'e')`

const relation = `c.relnamespace not in (select oid from pg_namespace where nspname ~ '^pg_') and ${own('pg_class', 'c.oid')}`

function queries(version: number): readonly string[] {
  return [
    `select 'schema ' || nspname as line from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'`,
    `select concat_ws(' | ', 'extension', extname, extnamespace::regnamespace) as line from pg_extension`,
    // Whatever its kind: every object by its name, as far as anything is known to depend on it or it on anything.
    `select distinct 'object ' || i.type || ' ' || i.identity as line
      from (select classid, objid from pg_depend union select refclassid, refobjid from pg_depend) d
      cross join lateral pg_identify_object(d.classid, d.objid, 0) i
      where d.objid >= 16384 and i.type <> 'toast table' and i.identity !~ '^pg_(toast|temp)'
        and i.type not in ('default value', 'rule', 'trigger', 'index', 'table constraint', 'toast table column')
        and not exists (select from pg_depend e where e.classid = d.classid and e.objid = d.objid and e.deptype in ('e', 'i'))`,
    `select concat_ws(' | ', 'comment', i.type, i.identity, d.description) as line
      from pg_description d cross join lateral pg_identify_object(d.classoid, d.objoid, d.objsubid) i
      where (d.objoid >= 16384 or i.identity = 'public')
        and not exists (select from pg_depend e where e.classid = d.classoid and e.objid = d.objoid and e.deptype = 'e')`,
    `select concat_ws(' | ', 'relation', c.oid::regclass, c.relkind, c.relpersistence, array_to_string(array(select unnest(c.reloptions) order by 1), ','),
        (select array_to_string(t.reloptions, ',') from pg_class t where t.oid = c.reltoastrelid),
        (select amname from pg_am m where m.oid = c.relam), (select spcname from pg_tablespace s where s.oid = c.reltablespace),
        c.relrowsecurity, c.relforcerowsecurity, c.relreplident, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
        (select string_agg(inhparent::regclass::text, ',' order by inhseqno) from pg_inherits where inhrelid = c.oid),
        case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, c.relispopulated) as line
      from pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'c', 'f') and ${relation}`,
    `select concat_ws(' | ', 'column', c.oid::regclass,
        case when c.relispartition then null else row_number() over (partition by c.oid order by a.attnum) end, a.attname,
        format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, nullif(a.attidentity, ''),
        nullif(a.attgenerated, ''), a.attstorage, nullif(a.attcompression, ''), nullif(a.attstattarget, -1),
        array_to_string(a.attoptions, ','), a.attcollation::regcollation, pg_get_expr(d.adbin, d.adrelid)) as line
      from pg_attribute a join pg_class c on c.oid = a.attrelid
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm', 'c', 'f') and ${relation}`,
    `select concat_ws(' | ', 'constraint', nullif(k.conrelid, 0)::regclass, nullif(k.contypid, 0)::regtype, k.conname,
        pg_get_constraintdef(k.oid), nullif(k.coninhcount, 0)) as line
      from pg_constraint k where k.contype <> 't' and ${own('pg_constraint', 'k.oid')} and k.connamespace::regnamespace::text !~ '^pg_'`,
    `select concat_ws(' | ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, i.indisreplident,
        (select inhparent::regclass from pg_inherits where inhrelid = i.indexrelid),
        (select spcname from pg_tablespace s where s.oid = c.reltablespace),
        (select string_agg(attnum || ':' || attstattarget, ',') from pg_attribute where attrelid = c.oid and attstattarget >= 0)) as line
      from pg_index i join pg_class c on c.oid = i.indexrelid where ${relation}`,
    `select concat_ws(' | ', 'sequence', c.oid::regclass, c.relpersistence, s.seqtypid::regtype, s.seqstart, s.seqincrement, s.seqmin, s.seqmax,
        s.seqcache, s.seqcycle, (select concat(d.refobjid::regclass, '.', a.attname, ' ', d.deptype) from pg_depend d
          join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
          where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i'))) as line
      from pg_sequence s join pg_class c on c.oid = s.seqrelid where ${relation}`,
    `select concat_ws(' | ', 'type', t.oid::regtype, t.typtype, nullif(t.typbasetype, 0)::regtype, format_type(nullif(t.typbasetype, 0), t.typtypmod),
        t.typnotnull, t.typdefault, nullif(t.typcollation, 0)::regcollation,
        (select string_agg(quote_literal(enumlabel), ',' order by enumsortorder) from pg_enum where enumtypid = t.oid),
        (select concat_ws(',', rngsubtype::regtype, rngcollation::regcollation, rngsubopc, rngcanonical, rngsubdiff, rngmultitypid::regtype)
          from pg_range where rngtypid = t.oid)) as line
      from pg_type t where t.typtype in ('e', 'd', 'r') and ${own('pg_type', 't.oid')} and t.typnamespace::regnamespace::text !~ '^pg_'
        and t.typnamespace::regnamespace::text <> 'information_schema'`,
    `select concat_ws(' | ', 'policy', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive, (select string_agg(coalesce(pg_get_userbyid(r)::text, ''), ',')
        from unnest(p.polroles) r), pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) as line from pg_policy p`,
    `select concat_ws(' | ', 'routine', p.oid::regprocedure, p.prokind, case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end,
        (select concat_ws(',', aggkind, aggnumdirectargs, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn,
          aggminvtransfn, aggmfinalfn, aggfinalextra, aggmfinalextra, aggfinalmodify, aggmfinalmodify, aggsortop::regoperator,
          aggtranstype::regtype, aggtransspace, aggmtranstype::regtype, agginitval, aggminitval, proparallel) from pg_aggregate where aggfnoid = p.oid)) as line
      from pg_proc p where ${own('pg_proc', 'p.oid')}`,
    `select concat_ws(' | ', 'trigger', t.tgrelid::regclass, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled, t.tgparentid <> 0) as line
      from pg_trigger t where not t.tgisinternal`,
    `select concat_ws(' | ', 'rule', r.ev_class::regclass, r.rulename, pg_get_ruledef(r.oid), r.ev_enabled) as line
      from pg_rewrite r where r.oid >= 16384 and r.rulename <> '_RETURN'`,
    `select concat_ws(' | ', 'statistics', pg_get_statisticsobjdef(oid), nullif(stxstattarget, -1)) as line from pg_statistic_ext`,
    `select concat_ws(' | ', 'collation', oid::regcollation, collprovider, collisdeterministic, collcollate, collctype) as line
      from pg_collation l where ${own('pg_collation', 'l.oid')}`,
    `select concat_ws(' | ', 'operator', oid::regoperator, oprcode, oprcanmerge, oprcanhash, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin) as line
      from pg_operator o where ${own('pg_operator', 'o.oid')}`,
    `select concat_ws(' | ', 'operator class', o.opcnamespace::regnamespace, o.opcname, o.opcmethod, o.opcintype::regtype, o.opcdefault, o.opckeytype::regtype,
        (select string_agg(concat_ws(' ', amopstrategy, amopopr::regoperator, amoppurpose), ',' order by amopstrategy) from pg_amop where amopfamily = o.opcfamily),
        (select string_agg(concat_ws(' ', amprocnum, amproc), ',' order by amprocnum) from pg_amproc where amprocfamily = o.opcfamily)) as line
      from pg_opclass o where ${own('pg_opclass', 'o.oid')}`,
    `select concat_ws(' | ', 'cast', castsource::regtype, casttarget::regtype, castfunc::regprocedure, castcontext, castmethod) as line
      from pg_cast k where ${own('pg_cast', 'k.oid')}`,
    `select concat_ws(' | ', 'text search', cfgnamespace::regnamespace, cfgname, cfgparser,
        (select string_agg(concat_ws(' ', maptokentype, mapseqno, mapdict::regdictionary), ',' order by maptokentype, mapseqno)
          from pg_ts_config_map where mapcfg = c.oid)) as line from pg_ts_config c where ${own('pg_ts_config', 'c.oid')}`,
    `select concat_ws(' | ', 'server', srvname, srvtype, srvversion, fdwname, array_to_string(srvoptions, ',')) as line
      from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw`,
    `select concat_ws(' | ', 'foreign table', ftrelid::regclass, srvname, array_to_string(ftoptions, ','),
        (select string_agg(attname || ' ' || array_to_string(attfdwoptions, ','), ',' order by attnum)
          from pg_attribute where attrelid = ftrelid and attfdwoptions is not null)) as line
      from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver`,
    `select concat_ws(' | ', 'event trigger', evtname, evtevent, evtfoid::regprocedure, evtenabled, evttags) as line from pg_event_trigger`,
    `select concat_ws(' | ', 'dictionary', dictnamespace::regnamespace, dictname, dicttemplate, dictinitoption) as line
      from pg_ts_dict d where ${own('pg_ts_dict', 'd.oid')}`,
    ...(version >= 15
      ? [
          `select concat_ws(' | ', 'nulls', indexrelid::regclass, indnullsnotdistinct) as line from pg_index i where i.indexrelid >= 16384
            and exists (select from pg_class c where c.oid = i.indexrelid and ${relation})`,
        ]
      : []),
  ]
}
