import { quoteIdentifier } from '../foundation/quote-identifier.js'
import type {
  DomainDescription,
  EnumDescription,
  ExtensionDescription,
  NamespaceDescription,
  ObjectName,
  PolicyDescription,
  SequenceDescription,
  TableBody,
  ViewDescription,
} from '../metadata/description.js'
import { sqlLiteral } from '../metadata/sql-literal.js'
import { commentOn } from './comment-sql.js'
import { statement, type DdlStatement } from './ddl-statement.js'
import { createIndexSql } from './index-sql.js'
import { dataTypeSql, qualified, quotedList, referenced, storageSql } from './name-sql.js'
import { createSequenceSql } from './sequence-sql.js'

/** Writes what makes a schema. Pure. @internal */
export function schemaStatements({ name, comment }: NamespaceDescription): readonly DdlStatement[] {
  const target = quoteIdentifier(name)
  return [
    statement('schema', name, `CREATE SCHEMA IF NOT EXISTS ${target}`),
    ...commentOn(`SCHEMA ${target}`, name, comment),
  ]
}

/** Writes what makes an extension. Pure. @internal */
export function extensionStatements(extension: ExtensionDescription): readonly DdlStatement[] {
  const { name, schema, version, cascade, comment } = extension
  const target = quoteIdentifier(name)
  const parts = [
    schema === undefined ? '' : ` SCHEMA ${quoteIdentifier(schema)}`,
    version === undefined ? '' : ` VERSION ${quoteIdentifier(version)}`,
    cascade ? ' CASCADE' : '',
  ]
  return [
    statement('extension', name, `CREATE EXTENSION IF NOT EXISTS ${target}${parts.join('')}`),
    ...commentOn(`EXTENSION ${target}`, name, comment),
  ]
}

/** Writes what makes an enum. Pure. @internal */
export function enumStatements(type: EnumDescription): readonly DdlStatement[] {
  const values = type.values.map((value) => sqlLiteral(value)).join(', ')
  return [
    statement('enum', type, `CREATE TYPE ${qualified(type)} AS ENUM (${values})`),
    ...commentOn(`TYPE ${qualified(type)}`, nameOf(type), type.comment),
  ]
}

/** Writes what makes a domain. Pure. @internal */
export function domainStatements(domain: DomainDescription): readonly DdlStatement[] {
  const checks = domain.checks.map((check) => ({
    ...check,
    sql: `CONSTRAINT ${quoteIdentifier(check.name)} CHECK (${check.expression})`,
  }))
  const parts = [
    `CREATE DOMAIN ${qualified(domain)} AS ${dataTypeSql(domain.type)}`,
    domain.collation === undefined ? '' : `COLLATE ${referenced(domain.collation)}`,
    domain.default === undefined ? '' : `DEFAULT ${domain.default}`,
    domain.notNullName === undefined ? '' : `CONSTRAINT ${quoteIdentifier(domain.notNullName)}`,
    domain.notNull ? 'NOT NULL' : '',
    ...checks.filter((check) => !check.notValid).map((check) => check.sql),
  ]
  return [
    statement('domain', domain, parts.filter((part) => part !== '').join(' ')),
    // CREATE DOMAIN takes no NOT VALID.
    ...checks
      .filter((check) => check.notValid)
      .map((check) =>
        statement('domain', domain, `ALTER DOMAIN ${qualified(domain)} ADD ${check.sql} NOT VALID`),
      ),
    ...commentOn(`DOMAIN ${qualified(domain)}`, nameOf(domain), domain.comment),
  ]
}

/** Writes what makes a sequence that no column owns. Pure. @internal */
export function sequenceStatements(sequence: SequenceDescription): readonly DdlStatement[] {
  return [
    statement('sequence', sequence, createSequenceSql(sequence)),
    ...commentOn(`SEQUENCE ${qualified(sequence)}`, nameOf(sequence), sequence.comment),
  ]
}

/** Writes what gives a sequence its owner, once the table is there. Pure. @internal */
export function sequenceOwnerStatements(sequence: SequenceDescription): readonly DdlStatement[] {
  const { ownedBy } = sequence
  if (ownedBy === undefined) return []
  const column = `${qualified(ownedBy.table)}.${quoteIdentifier(ownedBy.column)}`
  return [statement('sequence', sequence, `ALTER SEQUENCE ${qualified(sequence)} OWNED BY ${column}`)]
}

/** Writes what makes a view or a materialized view, indexes included. Pure. @internal */
export function viewStatements(view: ViewDescription): readonly DdlStatement[] {
  const isMaterialized = view.kind === 'materializedView'
  const words = isMaterialized ? 'MATERIALIZED VIEW' : 'VIEW'
  const columns = view.columns.length === 0 ? '' : ` (${quotedList(view.columns)})`
  const method = view.method === undefined ? '' : ` USING ${quoteIdentifier(view.method)}`
  const tablespace = view.tablespace === undefined ? '' : ` TABLESPACE ${quoteIdentifier(view.tablespace)}`
  const check = view.checkOption === undefined ? '' : `\nWITH ${view.checkOption.toUpperCase()} CHECK OPTION`
  const data = isMaterialized && !view.withData ? '\nWITH NO DATA' : ''
  const head = `CREATE ${words} ${qualified(view)}${columns}`
  // On a line of its own, because the query may end in a comment.
  const sql = `${head}${method}${storageSql(view.with)}${tablespace} AS\n${view.query}${check}${data}`
  return [
    statement(view.kind, view, sql),
    ...view.indexes.flatMap((index) => {
      const name = { schema: view.schema, name: index.name }
      return [
        statement('index', name, createIndexSql(index, view)),
        ...commentOn(`INDEX ${qualified(name)}`, nameOf(name), index.comment),
      ]
    }),
    ...commentOn(`${words} ${qualified(view)}`, nameOf(view), view.comment),
  ]
}

/** Writes what makes a row-level security policy. Pure. @internal */
export function policyStatements(table: TableBody, policy: PolicyDescription): readonly DdlStatement[] {
  const target = `${quoteIdentifier(policy.name)} ON ${qualified(table)}`
  const name = `${nameOf(table)}.${policy.name}`
  const parts = [
    `CREATE POLICY ${target}`,
    policy.permissive ? '' : 'AS RESTRICTIVE',
    policy.command === 'all' ? '' : `FOR ${policy.command.toUpperCase()}`,
    policy.roles.length === 0 ? '' : `TO ${policy.roles.map(roleSql).join(', ')}`,
    policy.using === undefined ? '' : `USING (${policy.using})`,
    policy.withCheck === undefined ? '' : `WITH CHECK (${policy.withCheck})`,
  ]
  return [
    statement('policy', name, parts.filter((part) => part !== '').join(' ')),
    ...commentOn(`POLICY ${target}`, name, policy.comment),
  ]
}

/** These are keywords: quoted, they would be names of roles. */
const ROLE_WORDS: readonly string[] = ['public', 'current_user', 'session_user', 'current_role']

function roleSql(role: string): string {
  return ROLE_WORDS.includes(role) ? role.toUpperCase() : quoteIdentifier(role)
}

function nameOf({ schema, name }: ObjectName): string {
  return `${schema}.${name}`
}
