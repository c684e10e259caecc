import type { CompiledQuery, Kysely, QueryId } from 'kysely'
import { UsageError } from '../errors/usage-error.js'
import { statement, type Statement } from '../postgres/statement.js'
import { wireValue, type WireValue } from '../postgres/wire-value.js'
import { columnReadersOf } from './mapping/compiled-readers.js'
import { ParameterSlot } from './parameter-slot.js'
import type { QuerySetup } from './query-setup.js'

/** A query as it was compiled for one database. */
interface Plan {
  readonly template: Statement
  /** By position; undefined for a value that the query itself holds. */
  readonly slots: readonly (ParameterSlot | undefined)[]
  readonly queryId: QueryId
  readonly query: CompiledQuery
}

/**
 * A query that is compiled once and run with many values; made by {@link prepareQuery}.
 *
 * It may be kept for the life of the program and shared by all sessions, views and databases.
 */
export class PreparedQuery<in DB, in Parameters, out R> {
  /** Phantom: what it is run on and with, and what it gives. */
  declare readonly $types: (database: DB, parameters: Parameters) => R
  readonly #build: (db: Kysely<never>) => CompiledQuery
  readonly #plans = new WeakMap<QuerySetup, Plan>()
  // Most programs have one database: the plan used last is found without a look into the map.
  #lastSetup: QuerySetup | undefined
  #lastPlan: Plan | undefined

  /** @internal Use `prepareQuery()`. */
  constructor(build: (db: Kysely<never>) => CompiledQuery) {
    this.#build = build
  }

  /** The query as it was compiled for a database; compiled now if it was not. No I/O. @internal */
  compiledFor(setup: QuerySetup): CompiledQuery {
    return this.#planFor(setup).query
  }

  /** The compiled query with some values in it. No I/O. @internal */
  bound(setup: QuerySetup, parameters: Readonly<Record<string, unknown>>): CompiledQuery {
    const { values } = this.statement(setup, parameters)
    return Object.freeze({ ...this.compiledFor(setup), parameters: values })
  }

  /**
   * The statement for some values. No I/O.
   *
   * @throws {@link UsageError} if a parameter is missing or has no faithful form.
   * @internal
   */
  statement(setup: QuerySetup, parameters: Readonly<Record<string, unknown>>): Statement {
    const { template, slots } = this.#lastSetup === setup ? (this.#lastPlan as Plan) : this.#planFor(setup)
    const values: WireValue[] = new Array<WireValue>(slots.length)
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]
      values[index] =
        slot === undefined ? (template.values[index] as WireValue) : valueOf(slot, parameters, index + 1)
    }
    return { text: template.text, values, readers: template.readers }
  }

  #planFor(setup: QuerySetup): Plan {
    let plan = this.#plans.get(setup)
    if (plan === undefined) {
      plan = planOf(this.#build(setup.builder))
      this.#plans.set(setup, plan)
    }
    this.#lastSetup = setup
    this.#lastPlan = plan
    return plan
  }
}

function planOf(query: CompiledQuery): Plan {
  const slots = query.parameters.map((value) => (value instanceof ParameterSlot ? value : undefined))
  const constants = query.parameters.map((value) => (value instanceof ParameterSlot ? null : value))
  const template = statement(query.sql, constants, columnReadersOf(query))
  return { template, slots, queryId: query.queryId, query }
}

function valueOf(
  { name, write }: ParameterSlot,
  parameters: Readonly<Record<string, unknown>>,
  position: number,
): WireValue {
  const value = Object.hasOwn(parameters, name) ? parameters[name] : undefined
  if (value === undefined) {
    throw new UsageError({
      message: `The parameter ${JSON.stringify(name)} of a prepared query was not given`,
      hint: 'Pass a value for every parameter; null for SQL NULL.',
      context: { parameter: name },
    })
  }
  return wireValue(write === undefined || value === null ? value : write(value), position)
}
