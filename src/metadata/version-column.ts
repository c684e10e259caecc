import { ConfigurationError } from '../errors/usage-error.js'
import type { ColumnDefinition } from './column-definition.js'

/** What rows begin with, as SQL text. @internal */
export const FIRST_VERSION = '1'

const TYPES: readonly string[] = ['smallint', 'integer', 'bigint']

/**
 * What makes a column count the changes of its row. Pure.
 *
 * @throws {@link ConfigurationError} if it can't be counted in.
 * @internal
 */
export function versionDefinition({
  type,
  default: own,
  identity,
  serial,
  generated,
}: ColumnDefinition): Partial<ColumnDefinition> {
  const isCountable = type.declared === undefined && type.dimensions === 0 && TYPES.includes(type.name)
  if (!isCountable || identity !== undefined || serial !== undefined || generated !== undefined) {
    throw new ConfigurationError({
      message: `A version column is ${type.name}${'[]'.repeat(type.dimensions)}; expected smallint(), integer() or bigint() that nothing else numbers.`,
    })
  }
  return { isVersion: true, notNull: true, default: own ?? FIRST_VERSION }
}
