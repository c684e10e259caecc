import { withoutLeadingBlanks } from './without-leading-blanks.js'

/** What begins like this leaves nothing for COMMIT to store, or, like SET TRANSACTION, must not be followed by a query. */
const NEVER_WRITES =
  /^(?:show|fetch|move|close|set|reset|savepoint|release|rollback|lock|listen|unlisten|discard|deallocate|prepare)\b/i
/** What begins like this writes only through what stands further on. */
const QUERY = /^[\s(]*(?:select|with|values|table|declare)\b/i
const WRITING_WORD = /\b(?:insert|update|delete|merge|into)\b/i
const CALL = /([a-z_][\w$]*)"?\s*\(/gi
/** Words in front of a parenthesis that call nothing, and functions of PostgreSQL that change nothing. */
const HARMLESS = new Set(
  `all and any array as between by case cast char character conflict cube decimal distinct else end escape except
  exists extract filter first from group grouping having ilike in interval intersect is join lateral like limit
  materialized not numeric nullif offset on or order over overlay partition position recursive returning rollup row
  select sets similar some substring table then time timestamp timestamptz trim union unique using values varchar
  varying when where window with within
  abs age array_agg array_length array_to_json avg bool_and bool_or cardinality ceil coalesce concat concat_ws count
  cume_dist current_setting date_part date_trunc dense_rank first_value floor format generate_series greatest json_agg
  json_array_elements json_build_array json_build_object json_object_agg jsonb_agg jsonb_array_elements
  jsonb_build_array jsonb_build_object jsonb_object_agg lag last_value lead least left length lower ltrim make_interval
  max md5 min mod now ntile nth_value percent_rank pg_backend_pid pg_sleep power rank regexp_replace replace right round
  row_number row_to_json rtrim set_config split_part sqrt string_agg string_to_array strpos substr sum to_char to_date
  to_json to_jsonb to_number to_regclass to_timestamp to_tsquery to_tsvector trunc unnest upper
  pg_advisory_xact_lock pg_try_advisory_xact_lock hashtext hashtextextended`.split(/\s+/),
)

/** A longer query is hardly seen twice, and asking costs less than reading it. */
const LONGEST_READ = 4 * 1024

/**
 * Whether a statement may give its transaction something to commit: it is not a plain query, or it calls a function
 * that is not known to be harmless. When in doubt, yes. No I/O.
 *
 * @internal
 */
export function mayWrite(text: string): boolean {
  const statement = withoutLeadingBlanks(text)
  if (!QUERY.test(statement)) return !NEVER_WRITES.test(statement)
  if (statement.length > LONGEST_READ) return true
  if (WRITING_WORD.test(withoutRowLocks(statement))) return true
  return statement.includes('(') && callsUnknown(statement)
}

/** FOR UPDATE locks rows, which COMMIT only lets go. */
function withoutRowLocks(statement: string): string {
  return statement.replace(/\bfor\s+(?:no\s+key\s+)?update\b/gi, '')
}

function callsUnknown(statement: string): boolean {
  for (const [, name] of statement.matchAll(CALL))
    if (!HARMLESS.has((name as string).toLowerCase())) return true
  return false
}
