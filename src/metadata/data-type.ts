import type { NameReference } from './name-reference.js'

/**
 * What the JavaScript side of a value is. The driver's parsers follow it.
 *
 * `driver` leaves the choice to the driver's parser for the type.
 */
export type ReadAs =
  'bigint' | 'boolean' | 'bytes' | 'circle' | 'date' | 'driver' | 'json' | 'number' | 'point' | 'string'

/** An enum as it was declared. `schema` undefined means the metadata's own. */
export interface EnumDefinition {
  readonly kind: 'enum'
  readonly name: string
  readonly schema: string | undefined
  readonly values: readonly string[]
  readonly comment: string | undefined
}

/** A check of a domain as it was declared. */
export interface DomainCheckDefinition {
  readonly name: string | undefined
  readonly expression: string
  readonly notValid: boolean
}

/** A domain as it was declared. `schema` undefined means the metadata's own. */
export interface DomainDefinition {
  readonly kind: 'domain'
  readonly name: string
  readonly schema: string | undefined
  readonly type: DataType
  readonly notNull: boolean
  readonly notNullName: string | undefined
  readonly default: string | undefined
  readonly collation: NameReference | undefined
  readonly checks: readonly DomainCheckDefinition[]
  readonly comment: string | undefined
}

/** The PostgreSQL type of a column as it was declared. */
export interface DataType {
  /** The type's name with its parameters, spelled as `format_type` prints it; for `declared` types the bare name. */
  readonly name: string
  /** The enum or domain behind the name; undefined for a type that PostgreSQL or an extension brings. */
  readonly declared: EnumDefinition | DomainDefinition | undefined
  /** How many `[]` follow the name. */
  readonly dimensions: number
  /** The JavaScript side of one element. */
  readonly readAs: ReadAs
}
