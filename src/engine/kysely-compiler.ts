import { PostgresQueryCompiler } from 'kysely'

/**
 * Kysely's compiler for PostgreSQL, but that a name without a quotation mark is taken as it is: Kysely runs a regular
 * expression over each.
 *
 * @internal
 */
export class KyselyCompiler extends PostgresQueryCompiler {
  protected override sanitizeIdentifier(identifier: string): string {
    return identifier.includes('"') ? super.sanitizeIdentifier(identifier) : identifier
  }
}
