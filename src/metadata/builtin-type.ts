import type { AnyColumn } from './column.js'
import * as geometric from './geometric-columns.js'
import * as numbers from './number-columns.js'
import * as ranges from './range-columns.js'
import * as system from './system-columns.js'
import * as texts from './text-columns.js'
import * as times from './time-columns.js'
import * as values from './value-columns.js'

/** A builder's name and what it is called with. */
export interface BuiltinType {
  /** The builder's name, as the package exports it. */
  readonly builder: string
  readonly parameters: readonly (number | string | undefined)[]
  readonly column: AnyColumn
}

type Build = (...parameters: readonly never[]) => AnyColumn

const BUILDERS: Readonly<Record<string, Build>> = {
  ...geometric,
  ...numbers,
  ...ranges,
  ...system,
  ...texts,
  ...times,
  boolean: values.boolean,
  bytea: values.bytea,
  json: values.json,
  jsonb: values.jsonb,
}

/** Builders that begin a column of a type that another one begins too. */
const VARIANTS: readonly string[] = ['bigintNumber', 'bigintString', 'serial', 'smallserial', 'bigserial']

/** What format_type calls a type without its parameters -> the builder's name. */
const BUILDER_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(BUILDERS)
    .filter(([builder]) => !VARIANTS.includes(builder))
    .map(([builder, build]) => [splitType(build().def.type.name).base, builder]),
)

/**
 * Finds the builder for a type. Pure.
 *
 * @param name - As `format_type` prints it, without `[]`.
 * @returns Its builder, called with the type's parameters; undefined when the type has none of its own.
 * @internal
 */
export function builtinType(name: string): BuiltinType | undefined {
  const { base, fields, parameters } = splitType(name)
  const builder = BUILDER_OF.get(base)
  const build = builder === undefined ? undefined : BUILDERS[builder]
  if (builder === undefined || build === undefined) return undefined
  const given = builder === 'interval' && parameters.length > 0 ? [fields, ...parameters] : parameters
  const all = fields !== undefined && given.length === 0 ? [fields] : given
  const column = build(...(all as never[]))
  // Such as "bpchar" and "bit": character and bit without a length, which the builders take for a length of 1.
  return column.def.type.name === name ? { builder, parameters: all, column } : undefined
}

interface SplitType {
  readonly base: string
  readonly fields: string | undefined
  readonly parameters: readonly number[]
}

function splitType(name: string): SplitType {
  const { head, list, tail } = (/^(?<head>[^()]*)(?:\((?<list>[-\d,]+)\))?(?<tail>[^()]*)$/.exec(name)
    ?.groups ?? {}) as { readonly head?: string; readonly list?: string; readonly tail?: string }
  if (head === undefined) return { base: name, fields: undefined, parameters: [] }
  const parameters = list === undefined ? [] : list.split(',').map(Number)
  const fields = /^interval (?<fields>.+)$/.exec(head)?.groups?.['fields']
  return { base: fields === undefined ? head + (tail ?? '') : 'interval', fields, parameters }
}
