import { quoteQualified } from '../foundation/quote-identifier.js'
import { clipIdentifier } from './clip-identifier.js'
import { sqlText, type SqlExpression } from './sql-expression.js'
import type { AnyTable } from './table.js'

/** Gives the quoted, qualified name of a table, or of anything else in the schema of the object being written. */
export type Qualify = (target: AnyTable | string) => string

/**
 * SQL text of a view or of a raw object. The function form writes names with their schema, which is known only once the
 * metadata is made.
 */
export type SqlSource = SqlExpression | string | ((qualify: Qualify) => string)

/** Anything with a name that an object can be declared to depend on. */
export type Dependency =
  AnyTable | { readonly def: { readonly name: string; readonly schema?: string | undefined } }

/**
 * Writes a source for one schema. Pure.
 *
 * @param source - As it was declared.
 * @param schema - The schema of the object it belongs to.
 * @param defaultSchema - The metadata's schema, where tables without one of their own live.
 * @returns SQL text.
 * @throws {@link ConfigurationError} if the text is empty.
 * @internal
 */
export function sqlOfSource(source: SqlSource, schema: string, defaultSchema: string): string {
  if (typeof source !== 'function') return sqlText(source)
  return sqlText(
    source((target) => {
      if (typeof target === 'string') return quoteQualified(schema, clipIdentifier(target))
      return quoteQualified(target.$.schema ?? defaultSchema, clipIdentifier(target.$.name))
    }),
  )
}
