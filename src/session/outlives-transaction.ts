import { withoutLeadingBlanks } from './without-leading-blanks.js'

/** Something that a statement would leave on its connection. */
export interface Leftover {
  readonly what: string
  /** How to get the same within a transaction, or where it can be had. */
  readonly instead: string
}

const SETTING: Leftover = {
  what: 'a setting of the session',
  instead: 'Use SET LOCAL, or what sessions have for it: schema, role, settings and the time limits.',
}
const DIRECTLY = 'needs a connection that goes past the pooler.'

const LEFTOVERS: readonly (readonly [pattern: RegExp, leftover: Leftover])[] = [
  [/^(?:set(?!\s+(?:local|transaction|constraints)\b)|reset)\b/i, SETTING],
  [/^select\s+(?:pg_catalog\.)?set_config\s*\([^()]*,\s*false\s*\)/i, SETTING],
  [
    // Kysely takes the lock of its Migrator behind a WITH.
    /^(?:with\b.*\)\s*)?select\s+(?:pg_catalog\.)?pg_(?:try_)?advisory_(?:un)?lock(?:_shared|_all)?\s*\(/is,
    { what: 'an advisory lock of the session', instead: 'Use pg_advisory_xact_lock().' },
  ],
  [
    /^create\s+(?:or\s+replace\s+)?(?:(?:local|global)\s+)?temp(?:orary)?\b(?!.*\bon\s+commit\s+drop\b)/is,
    { what: 'a temporary object', instead: 'Add ON COMMIT DROP to a temporary table.' },
  ],
  [
    /^create\s+table\s+(?:if\s+not\s+exists\s+)?pg_temp\.(?!.*\bon\s+commit\s+drop\b)/is,
    { what: 'a temporary object', instead: 'Add ON COMMIT DROP to a temporary table.' },
  ],
  [
    /^declare\b.*?\bwith\s+hold\b/is,
    { what: 'a cursor', instead: 'Use session.stream(), or a cursor without WITH HOLD.' },
  ],
  [/^(?:un)?listen\b/i, { what: 'a subscription', instead: `LISTEN ${DIRECTLY}` }],
  [
    /^(?:prepare(?!\s+transaction)|deallocate)\b/i,
    {
      what: 'a prepared statement',
      instead: 'Use prepareQuery(): what it saves here it saves in the program.',
    },
  ],
  [/^(?:discard|load)\b/i, { what: 'a changed session', instead: `This ${DIRECTLY}` }],
]

/**
 * What a statement is certain to leave on its connection, or to take away there, by the text that it begins with. What a
 * function or DO does inside can't be seen.
 *
 * @internal
 */
export function outlivesTransaction(text: string): Leftover | undefined {
  const statement = withoutLeadingBlanks(text)
  return LEFTOVERS.find(([pattern]) => pattern.test(statement))?.[1]
}
