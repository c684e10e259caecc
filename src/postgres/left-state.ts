/**
 * What a statement may leave behind on its connection, beyond its transaction: nothing; something that
 * {@link RESET_STATEMENTS} take away; or something that only closing the connection does.
 */
export type LeftState = 'none' | 'resettable' | 'lasting'

/** Settings of one transaction only, which die with it. */
const LOCAL_SET = /^\s*set\s+(?:local|transaction|constraints)\b/i
const LOCAL_SET_CONFIG = /\bset_config\s*\([^()]*,\s*true\s*\)/gi

/** SQL-level PREPARE and LOAD: RESET knows nothing of them. */
const LASTING = /^\s*(?:prepare\b(?!\s+transaction)|load\b)/i

const RESETTABLE = new RegExp(
  [
    /^\s*(?:set|listen|do)\b/,
    /\b(?:set_config|setseed|pg_(?:try_)?advisory_lock(?:_shared)?)\s*\(/,
    /(?:^\s*create\s+(?:or\s+replace\s+)?|\binto\s+)(?:(?:local|global)\s+)?temp(?:orary)?\b|\bpg_temp\b/,
    /\bwith\s+hold\b/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
)

/**
 * Reads from the text of a statement what it may leave on the connection (R10, I-STATE). It says too much rather than
 * too little: what a comment or a literal mentions counts. It can't see what a function does inside, nor
 * `lastval()`, which every insert of an identity column sets.
 *
 * @internal
 */
export function leftState(text: string): LeftState {
  if (LASTING.test(text)) return 'lasting'
  if (!RESETTABLE.test(text) || LOCAL_SET.test(text)) return 'none'
  return RESETTABLE.test(text.replace(LOCAL_SET_CONFIG, '')) ? 'resettable' : 'none'
}

/**
 * What DISCARD ALL does, but for the prepared statements and their plans, which stay of use (E6).
 *
 * @see PostgreSQL manual, DISCARD
 */
export const RESET_STATEMENTS: readonly string[] = [
  'close all',
  'set session authorization default',
  'reset all',
  'unlisten *',
  'select pg_catalog.pg_advisory_unlock_all()',
  'discard temp',
  'discard sequences',
]
