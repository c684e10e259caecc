import { ConfigurationError } from '../errors/usage-error.js'
import { identifierFlaw } from '../foundation/quote-identifier.js'
import type { ObjectName } from './description.js'
import { clipIdentifier } from './clip-identifier.js'
import { defaultObjectName } from './default-object-name.js'
import {
  POSTGRES_LABELS,
  sqlalchemyName,
  type NamingConvention,
  type UnnamedObject,
} from './naming-convention.js'

/** Where a name must be the only one: relations and types per schema, constraints per table. */
type Scope = 'constraint' | 'relation' | 'type'

/**
 * Every name of a metadata: cuts them as the server does, refuses two that become one, and names what has no name.
 *
 * Tables, views, sequences and indexes share one name space per schema; indexes include those behind primary keys,
 * unique and exclusion constraints.
 *
 * @internal
 */
export class NameRegistry {
  readonly #convention: NamingConvention
  readonly #taken = new Map<string, string>()

  constructor(convention: NamingConvention) {
    this.#convention = convention
  }

  /**
   * Takes a declared name.
   *
   * @param scope - What it must be unique among.
   * @param within - The schema, or for constraints schema and table.
   * @param name - As it was declared.
   * @param what - What is being named, for the message.
   * @returns The name as the catalog will hold it.
   * @throws {@link ConfigurationError} if it can't be an identifier, or is taken.
   */
  claim(scope: Scope, within: string, name: string, what: string): string {
    const clipped = soundName(name, what)
    const slot = slotOf(scope, within, clipped)
    const holder = this.#taken.get(slot)
    if (holder !== undefined) {
      throw new ConfigurationError({
        message: `${what} and ${holder} would both be called ${JSON.stringify(clipped)} in the database.`,
        hint: 'Names that PostgreSQL cuts at 63 bytes can become one; give one of them another name.',
        context: { name: clipped, scope, within },
      })
    }
    this.#taken.set(slot, what)
    return clipped
  }

  /**
   * Names a constraint or index by the convention.
   *
   * @param unnamed - What has no name.
   * @param schema - Its schema.
   * @returns A name that is then taken.
   * @throws {@link ConfigurationError} if the convention's name is taken or can't be an identifier.
   */
  choose(unnamed: UnnamedObject, schema: string): string {
    const what = `the ${unnamed.kind} on ${unnamed.table}(${unnamed.columns.join(', ')})`
    const { kind, table, columns } = unnamed
    const scopes = scopesOf(kind)
    const convention = this.#convention
    if (convention === 'postgresql') {
      // A check that mentions no column or several is named after the table alone.
      const hasColumnPart = kind !== 'primaryKey' && (kind !== 'check' || columns.length === 1)
      const columnPart = hasColumnPart ? columns.join('_') : undefined
      return this.#chooseFree(scopes, schema, table, columnPart, POSTGRES_LABELS[kind], what)
    }
    const name = convention === 'sqlalchemy' ? sqlalchemyName(unnamed) : convention(unnamed)
    if (scopes.includes('constraint')) this.claim('constraint', tableScope(schema, table), name, what)
    return scopes.includes('relation') ? this.claim('relation', schema, name, what) : soundName(name, what)
  }

  /**
   * Takes the declared name of a constraint or index.
   *
   * @param kind - What it is.
   * @param place - Schema and name of its table.
   * @param name - As it was declared.
   * @returns The name as the catalog will hold it.
   * @throws {@link ConfigurationError} if it can't be an identifier, or is taken.
   */
  claimPart(kind: UnnamedObject['kind'], place: ObjectName, name: string): string {
    const what = `the ${kind} ${JSON.stringify(name)} of ${place.name}`
    const scopes = scopesOf(kind)
    if (scopes.includes('constraint')) {
      this.claim('constraint', tableScope(place.schema, place.name), name, what)
      // A constraint's default name is unique in the schema, not only in the table.
      this.#taken.set(slotOf('constraint', place.schema, clipIdentifier(name)), what)
    }
    return scopes.includes('relation')
      ? this.claim('relation', place.schema, name, what)
      : clipIdentifier(name)
  }

  /** Names an owned sequence as the server does: `table_column_seq`. */
  chooseSequence(schema: string, table: string, column: string): string {
    return this.#chooseFree(['relation'], schema, table, column, 'seq', `the sequence of ${table}.${column}`)
  }

  /** Names a check of a domain as the server does: `domain_check`. */
  chooseDomainCheck(schema: string, domain: string): string {
    return this.#chooseFree(['constraint'], schema, domain, undefined, 'check', `a check of ${domain}`)
  }

  /** As `ChooseRelationName` and `ChooseConstraintName` of the server: the label gets a number while the name is taken. */
  #chooseFree(
    scopes: readonly Scope[],
    schema: string,
    table: string,
    column: string | undefined,
    label: string,
    what: string,
  ): string {
    for (let pass = 0; ; pass++) {
      const name = defaultObjectName(table, column, pass === 0 ? label : `${label}${String(pass)}`)
      const slots = scopes.map((scope) => slotOf(scope, schema, name))
      if (slots.some((slot) => this.#taken.has(slot))) continue
      for (const slot of slots) this.#taken.set(slot, what)
      return name
    }
  }
}

function scopesOf(kind: UnnamedObject['kind']): readonly Scope[] {
  if (kind === 'index') return ['relation']
  if (kind === 'check' || kind === 'foreignKey') return ['constraint']
  return ['relation', 'constraint']
}

function tableScope(schema: string, table: string): string {
  return `${schema}\0${table}`
}

function slotOf(scope: Scope, within: string, name: string): string {
  // NUL can't occur in a name, so two different triples never give the same slot.
  return `${scope}\0${within}\0${name}`
}

/**
 * Cuts a name as the server does, and refuses what can't be one. Pure.
 *
 * @param name - As it was declared.
 * @param what - What is being named, for the message.
 * @returns The name as the catalog will hold it.
 * @throws {@link ConfigurationError} if it is empty or holds NUL or a lone surrogate.
 * @internal
 */
export function soundName(name: string, what: string): string {
  const clipped = typeof name === 'string' ? clipIdentifier(name) : name
  const flaw = identifierFlaw(clipped)
  if (flaw === undefined) return clipped
  throw new ConfigurationError({
    message: `${what} is called ${JSON.stringify(name)}, which can't be a name in PostgreSQL: it ${flaw}.`,
    context: { name },
  })
}
