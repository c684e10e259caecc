import { ConfigurationError } from '../errors/usage-error.js'
import { clipIdentifier } from './clip-identifier.js'
import type { ColumnDefinition, SequenceOptions } from './column-definition.js'
import type { DataType } from './data-type.js'
import { columnName, type DescribeContext } from './describe-context.js'
import type {
  ColumnDescription,
  DataTypeDescription,
  ObjectName,
  OwnedSequenceDescription,
  SequenceSettings,
} from './description.js'

/**
 * Describes a type. Pure.
 *
 * @param type - As it was declared.
 * @param defaultSchema - Where enums and domains without a schema live.
 * @returns Its description.
 * @internal
 */
export function describeType(type: DataType, defaultSchema: string): DataTypeDescription {
  const { declared, dimensions, readAs } = type
  if (declared === undefined)
    return { kind: 'builtin', schema: undefined, name: type.name, dimensions, readAs }
  return {
    kind: declared.kind,
    schema: declared.schema ?? defaultSchema,
    name: clipIdentifier(declared.name),
    dimensions,
    readAs,
  }
}

/**
 * Describes how a sequence counts. Pure.
 *
 * @param options - As they were declared.
 * @param what - The sequence, for the message.
 * @returns Its settings.
 * @throws {@link ConfigurationError} if a number is not whole.
 * @internal
 */
export function describeSequence(options: SequenceOptions, what: string): SequenceSettings {
  const whole = (key: 'cache' | 'increment' | 'maxValue' | 'minValue' | 'start'): bigint | undefined => {
    const value = options[key]
    if (value === undefined || typeof value === 'bigint') return value
    if (Number.isSafeInteger(value)) return BigInt(value)
    throw new ConfigurationError({
      message: `${key} of ${what} is ${String(value)}; expected a whole number, as a bigint beyond 2^53.`,
    })
  }
  return {
    start: whole('start'),
    increment: whole('increment'),
    minValue: whole('minValue'),
    maxValue: whole('maxValue'),
    cache: whole('cache'),
    cycle: options.cycle ?? false,
  }
}

/**
 * Describes a column. Pure, but for the names it takes.
 *
 * @param column - As it was declared.
 * @param place - Its table.
 * @param isInPrimaryKey - Whether the table's primary key includes it, which makes it not null.
 * @param context - The metadata.
 * @returns Its description.
 * @throws {@link ConfigurationError} if it has more than one source of values.
 * @internal
 */
export function describeColumn(
  column: ColumnDefinition,
  place: ObjectName,
  isInPrimaryKey: boolean,
  context: DescribeContext,
): ColumnDescription {
  const name = columnName(column)
  refuseTwoSources(column, place, name)
  const { identity, serial } = column
  return {
    key: column.key ?? name,
    name,
    type: describeType(column.type, context.defaultSchema),
    notNull: column.notNull || isInPrimaryKey,
    notNullName: column.notNullName === undefined ? undefined : clipIdentifier(column.notNullName),
    default: column.default,
    identity:
      identity === undefined
        ? undefined
        : {
            generation: identity.generation,
            sequence: ownedSequence(identity.sequence, place, name, context),
          },
    serial: serial === undefined ? undefined : ownedSequence(serial, place, name, context),
    generated: column.generated,
    collation: column.collation,
    storage: column.storage,
    compression: column.compression,
    statistics: column.statistics,
    comment: column.comment,
    renamedFrom: column.renamedFrom,
  }
}

function ownedSequence(
  options: SequenceOptions,
  place: ObjectName,
  column: string,
  { names }: DescribeContext,
): OwnedSequenceDescription {
  const what = `the sequence of ${place.name}.${column}`
  const name =
    options.name === undefined
      ? names.chooseSequence(place.schema, place.name, column)
      : clipIdentifier(options.name)
  return { schema: place.schema, name, ...describeSequence(options, what) }
}

function refuseTwoSources(column: ColumnDefinition, place: ObjectName, name: string): void {
  const sources = {
    'a default': column.default,
    'an identity': column.identity,
    serial: column.serial,
    'an expression': column.generated,
  }
  const met = Object.entries(sources).filter(([, source]) => source !== undefined)
  if (met.length < 2) return
  throw new ConfigurationError({
    message: `The column ${JSON.stringify(name)} of ${place.name} has both ${met.map(([word]) => word).join(' and ')}.`,
    hint: 'A column gets its value from one of default(), identity(), serial() and generatedAs().',
  })
}
