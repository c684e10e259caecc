import { sqlLiteral } from '../metadata/sql-literal.js'
import { statement, type DdlStatement } from './ddl-statement.js'

/**
 * Writes COMMENT ON, if there is a comment. Pure.
 *
 * @param target - What follows ON, quoted: `TABLE "public"."users"`.
 * @param name - The object's name for reports.
 * @param comment - The text.
 * @returns One statement or none.
 * @internal
 */
export function commentOn(
  target: string,
  name: string,
  comment: string | undefined,
): readonly DdlStatement[] {
  return comment === undefined
    ? []
    : [statement('comment', name, `COMMENT ON ${target} IS ${sqlLiteral(comment)}`)]
}
