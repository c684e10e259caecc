import { OptionsReader } from '../config/options-reader.js'
import type { TransactionOptions } from './transaction-options.js'

/**
 * What `transactional()` does about a transaction that is open, or is not.
 *
 * `required`: joins it, or begins one. `nested`: a savepoint in it, or begins one. `requiresNew`: another transaction
 * beside it. `mandatory`: joins it, or refuses. `supports`: joins it, or runs without. `notSupported`: runs without,
 * beside it. `never`: runs without, or refuses.
 *
 * @see Spring, `Propagation`
 */
export type Propagation =
  'required' | 'nested' | 'requiresNew' | 'mandatory' | 'supports' | 'notSupported' | 'never'

/** How `transactional()` runs its work. */
export interface TransactionalOptions extends TransactionOptions {
  /**
   * What is done about a transaction that is open, or is not.
   *
   * @defaultValue `'required'`
   */
  readonly propagation?: Propagation | undefined
}

/** What becomes of the work. */
export type Course = 'begin' | 'join' | 'savepoint' | 'beside' | 'without' | 'refuse'

/** DESIGN §5.3: without a transaction, and inside one. */
export const COURSES: Readonly<Record<Propagation, { readonly outside: Course; readonly inside: Course }>> =
  Object.freeze({
    required: { outside: 'begin', inside: 'join' },
    nested: { outside: 'begin', inside: 'savepoint' },
    requiresNew: { outside: 'begin', inside: 'beside' },
    mandatory: { outside: 'refuse', inside: 'join' },
    supports: { outside: 'without', inside: 'join' },
    notSupported: { outside: 'without', inside: 'without' },
    never: { outside: 'without', inside: 'refuse' },
  })

const KEYS = [
  'propagation',
  'isolationLevel',
  'readOnly',
  'deferrable',
] as const satisfies readonly (keyof TransactionalOptions)[]

/**
 * Checks {@link TransactionalOptions}. Pure.
 *
 * @throws {@link ConfigurationError} if a key is unknown or a value of another type.
 * @internal
 */
export function resolveTransactional(options: TransactionalOptions | undefined): {
  readonly propagation: Propagation
  readonly transaction: TransactionOptions
} {
  const reader = new OptionsReader(options, KEYS, 'transactional')
  const names = Object.keys(COURSES)
  const propagation = reader.text('propagation', (text) =>
    names.includes(text) ? undefined : `is none of ${names.join(', ')}`,
  ) as Propagation | undefined
  reader.boolean('readOnly', false)
  reader.boolean('deferrable', false)
  const { isolationLevel, readOnly, deferrable } = options ?? {}
  const transaction = { isolationLevel, readOnly, deferrable }
  return { propagation: propagation ?? 'required', transaction }
}
