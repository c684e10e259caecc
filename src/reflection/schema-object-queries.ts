import { notMember } from './relation-queries.js'

/**
 * The catalog query for what lives in a schema and has neither a builder nor a function that prints it: composite and
 * range types, collations, operators and their classes, casts, text search. Columns as in `raw-queries.ts`.
 */

interface RawKind {
  readonly catalog: string
  readonly kind: string
  /** Catalog with its alias `t`, and joins; `n` is its schema. */
  readonly from: string
  readonly name: string
  /** What follows CREATE …, and more statements. */
  readonly create: string
  readonly drop?: string
  readonly aliases?: string
  /** Types that tell it from others of its name. */
  readonly arguments?: string
  /** What the object is called after COMMENT ON and DROP … IF EXISTS. */
  readonly target?: string
  readonly where?: string
}

const anchorOf = (name: string): string => `format('%I.%I', n.nspname, ${name})`

const optional = (word: string, value: string): string => `'${word} = ' || ${value}`
const routine = (oid: string): string => `nullif(${oid}::regproc::text, '-')`
/** An operator can't be written by `Qualify`, which quotes: in the metadata's own schema it goes without. */
const operatorName = (schema: string, name: string): string =>
  `(case when ${schema} = ($1::text[])[1] then '' else quote_ident(${schema}) || '.' end || ${name})`
const operator = (oid: string): string =>
  `(select ${operatorName('y.nspname', 'x.oprname')} from pg_operator x join pg_namespace y on y.oid = x.oprnamespace
    where x.oid = ${oid})`
const qualifiedIn = (catalog: string, prefix: string, oid: string): string =>
  `(select format('%I.%I', y.nspname, x.${prefix}name) from ${catalog} x join pg_namespace y on y.oid = x.${prefix}namespace
    where x.oid = ${oid})`
const collateUnlessDefault = (collation: string, type: string): string =>
  `case when ${collation} <> 0 and ${collation} <> (select typcollation from pg_type where oid = ${type})
    then ' COLLATE ' || ${collation}::regcollation end`

function kinds(version: number): readonly RawKind[] {
  const locale = version >= 17 ? 't.colllocale' : version >= 15 ? 't.colliculocale' : 'null::text'
  return [
    {
      catalog: 'pg_type',
      kind: 'type',
      name: 't.typname',
      from: `pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_class c on c.oid = t.typrelid and c.relkind = 'c'`,
      create: `array[format('CREATE TYPE %s AS (%s)', anchor, (select string_agg(format('%I %s%s', a.attname,
        format_type(a.atttypid, a.atttypmod), ${collateUnlessDefault('a.attcollation', 'a.atttypid')}), ', ' order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))]`,
      aliases: `array['pg_class:' || c.oid, 'pg_type:' || t.typarray]`,
    },
    {
      catalog: 'pg_type',
      kind: 'type',
      name: 't.typname',
      from: `pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_range r on r.rngtypid = t.oid
        join pg_opclass o on o.oid = r.rngsubopc join pg_type m on m.oid = r.rngmultitypid`,
      create: `array[format('CREATE TYPE %s AS RANGE (%s)', anchor, concat_ws(', ',
        ${optional('SUBTYPE', 'format_type(r.rngsubtype, null)')},
        case when not o.opcdefault then ${optional('SUBTYPE_OPCLASS', qualifiedIn('pg_opclass', 'opc', 'o.oid'))} end,
        case when r.rngcollation <> (select typcollation from pg_type where oid = r.rngsubtype)
          then ${optional('COLLATION', 'r.rngcollation::regcollation')} end,
        ${optional('CANONICAL', routine('r.rngcanonical'))}, ${optional('SUBTYPE_DIFF', routine('r.rngsubdiff'))},
        ${optional('MULTIRANGE_TYPE_NAME', anchorOf('m.typname'))}))]`,
      aliases: `array['pg_type:' || t.typarray, 'pg_type:' || m.oid, 'pg_type:' || m.typarray]`,
    },
    {
      catalog: 'pg_collation',
      kind: 'collation',
      name: 't.collname',
      from: 'pg_collation t join pg_namespace n on n.oid = t.collnamespace',
      create: `array[format('CREATE COLLATION %s (%s)', anchor, concat_ws(', ',
        ${optional('PROVIDER', `case t.collprovider when 'c' then 'libc' when 'i' then 'icu' when 'b' then 'builtin' end`)},
        case when ${locale} is not null then ${optional('LOCALE', `quote_literal(${locale})`)}
          when t.collcollate = t.collctype then ${optional('LOCALE', 'quote_literal(t.collcollate)')} end,
        case when t.collcollate <> t.collctype then format('LC_COLLATE = %L, LC_CTYPE = %L', t.collcollate, t.collctype) end,
        case when not t.collisdeterministic then 'DETERMINISTIC = false' end
        ${version >= 16 ? `, ${optional('RULES', 'quote_literal(t.collicurules)')}` : ''}))]`,
    },
    {
      catalog: 'pg_operator',
      kind: 'operator',
      name: 't.oprname',
      arguments: `concat_ws(', ', format_type(nullif(t.oprleft, 0), null), format_type(nullif(t.oprright, 0), null))`,
      from: 'pg_operator t join pg_namespace n on n.oid = t.oprnamespace',
      // A commutator or negator that is not there yet is only a shell until its own CREATE OPERATOR.
      where: 't.oprcode <> 0',
      create: `array[format('CREATE OPERATOR %s (%s)', ${operatorName('n.nspname', 't.oprname')}, concat_ws(', ',
        'FUNCTION = ' || t.oprcode, ${optional('LEFTARG', 'format_type(nullif(t.oprleft, 0), null)')},
        ${optional('RIGHTARG', 'format_type(nullif(t.oprright, 0), null)')},
        'COMMUTATOR = OPERATOR(' || ${operator('t.oprcom')} || ')', 'NEGATOR = OPERATOR(' || ${operator('t.oprnegate')} || ')',
        ${optional('RESTRICT', routine('t.oprrest'))}, ${optional('JOIN', routine('t.oprjoin'))},
        case when t.oprcanhash then 'HASHES' end, case when t.oprcanmerge then 'MERGES' end))]`,
      target: `format('%s (%s, %s)', ${operatorName('n.nspname', 't.oprname')}, coalesce(format_type(nullif(t.oprleft, 0), null), 'NONE'),
        coalesce(format_type(nullif(t.oprright, 0), null), 'NONE'))`,
    },
    {
      catalog: 'pg_opfamily',
      kind: 'operator family',
      name: 't.opfname',
      from: 'pg_opfamily t join pg_namespace n on n.oid = t.opfnamespace join pg_am m on m.oid = t.opfmethod',
      // CREATE OPERATOR CLASS makes one of its own name.
      where: 'not exists (select from pg_opclass o where o.opcfamily = t.oid and o.opcname = t.opfname)',
      create: `array[format('CREATE OPERATOR FAMILY %s USING %I', anchor, m.amname)]`,
      target: `format('%s USING %I', anchor, m.amname)`,
    },
    {
      catalog: 'pg_opclass',
      kind: 'operator class',
      name: 't.opcname',
      from: `pg_opclass t join pg_namespace n on n.oid = t.opcnamespace join pg_am m on m.oid = t.opcmethod
        join pg_opfamily f on f.oid = t.opcfamily`,
      create: `array[format('CREATE OPERATOR CLASS %s%s FOR TYPE %s USING %I%s AS %s', anchor,
        case when t.opcdefault then ' DEFAULT' end, format_type(t.opcintype, null), m.amname,
        case when f.opfname <> t.opcname then ' FAMILY ' || ${qualifiedIn('pg_opfamily', 'opf', 'f.oid')} end,
        concat_ws(', ', case when t.opckeytype <> 0 then 'STORAGE ' || format_type(t.opckeytype, null) end,
          (select string_agg(format('OPERATOR %s %s (%s, %s)%s', p.amopstrategy,
              ${operator('p.amopopr')},
              format_type(p.amoplefttype, null), format_type(p.amoprighttype, null),
              ' FOR ORDER BY ' || ${qualifiedIn('pg_opfamily', 'opf', 'nullif(p.amopsortfamily, 0)')}),
              ', ' order by p.amopstrategy)
            from pg_amop p where p.amopfamily = f.oid and p.amoplefttype = t.opcintype and p.amoprighttype = t.opcintype),
          (select string_agg(format('FUNCTION %s (%s, %s) %s', p.amprocnum, format_type(p.amproclefttype, null),
              format_type(p.amprocrighttype, null), p.amproc::oid::regprocedure), ', ' order by p.amprocnum)
            from pg_amproc p where p.amprocfamily = f.oid and p.amproclefttype = t.opcintype
              and p.amprocrighttype = t.opcintype)))]`,
      target: `format('%s USING %I', anchor, m.amname)`,
    },
    {
      catalog: 'pg_ts_dict',
      kind: 'text search dictionary',
      name: 't.dictname',
      from: 'pg_ts_dict t join pg_namespace n on n.oid = t.dictnamespace join pg_ts_template p on p.oid = t.dicttemplate',
      create: `array[format('CREATE TEXT SEARCH DICTIONARY %s (%s)', anchor, concat_ws(', ',
        ${optional('TEMPLATE', qualifiedIn('pg_ts_template', 'tmpl', 'p.oid'))}, t.dictinitoption))]`,
    },
    {
      catalog: 'pg_ts_config',
      kind: 'text search configuration',
      name: 't.cfgname',
      from: 'pg_ts_config t join pg_namespace n on n.oid = t.cfgnamespace',
      create: `array[format('CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s)', anchor,
          ${qualifiedIn('pg_ts_parser', 'prs', 't.cfgparser')})]
        || array(select format('ALTER TEXT SEARCH CONFIGURATION %s ADD MAPPING FOR %I WITH %s', anchor, y.alias,
            string_agg(q.mapdict::regdictionary::text, ', ' order by q.mapseqno))
          from pg_ts_config_map q join ts_token_type(t.cfgparser) y on y.tokid = q.maptokentype
          where q.mapcfg = t.oid group by y.alias, q.maptokentype order by q.maptokentype)`,
    },
    {
      catalog: 'pg_cast',
      kind: 'cast',
      name: `format('%s AS %s', format_type(t.castsource, null), format_type(t.casttarget, null))`,
      from: `pg_cast t left join pg_proc p on p.oid = t.castfunc
        join pg_namespace n on n.oid = coalesce(p.pronamespace, (select typnamespace from pg_type where oid = t.castsource))`,
      create: `array[format('CREATE CAST (%s AS %s) %s%s', format_type(t.castsource, null), format_type(t.casttarget, null),
        case t.castmethod when 'f' then format('WITH FUNCTION %s(%s)', t.castfunc::regproc,
          pg_get_function_identity_arguments(t.castfunc)) when 'i' then 'WITH INOUT' else 'WITHOUT FUNCTION' end,
        case t.castcontext when 'a' then ' AS ASSIGNMENT' when 'i' then ' AS IMPLICIT' end)]`,
      // A range type brings the cast to its multirange.
      where: `not exists (select from pg_depend i where i.classid = 'pg_catalog.pg_cast'::regclass and i.objid = t.oid
        and i.deptype = 'i')`,
      target: `format('(%s AS %s)', format_type(t.castsource, null), format_type(t.casttarget, null))`,
    },
  ]
}

function branch(raw: RawKind): string {
  const word = raw.kind.toUpperCase()
  const target = raw.target ?? 'anchor'
  return `
select '${raw.catalog}' as catalog, t.oid::text, '${raw.kind}' as kind, n.nspname::text as schema, ${raw.name}::text as name,
    ${raw.arguments ?? 'null'}::text as arguments, null::text as relation, anchor,
    ${raw.create} || case when obj_description(t.oid, '${raw.catalog}') is null then '{}'
      else array[format('COMMENT ON ${word} %s IS %L', ${target}, obj_description(t.oid, '${raw.catalog}'))] end as create,
    format('DROP ${word} IF EXISTS %s', ${target}) as drop, ${raw.aliases ?? "'{}'::text[]"} as aliases
  from ${raw.from}
  cross join lateral (select ${anchorOf(raw.name)} as anchor) k
  where n.nspname = any($1::text[]) and ${raw.where ?? 'true'} and ${notMember(raw.catalog, 't.oid')}
    and t.oid >= 16384`
}

/**
 * Writes the query.
 *
 * @param version - The server's major version.
 * @returns One SELECT; `$1` is an array of schema names.
 * @internal
 */
export function schemaObjectsQuery(version: number): string {
  return `${kinds(version).map(branch).join('\nunion all')}\norder by 4, 3, 5`
}
