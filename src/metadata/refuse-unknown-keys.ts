import { ConfigurationError } from '../errors/usage-error.js'
import { nearestKey } from '../foundation/nearest-key.js'

/**
 * Refuses an options object that holds a key nobody reads. Pure.
 *
 * @param options - What the caller passed.
 * @param known - The keys that exist.
 * @param where - What the options belong to, for the message.
 * @throws {@link ConfigurationError} if a key is unknown; names the nearest known one.
 * @internal
 */
export function refuseUnknownKeys(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const nearest = nearestKey(key, known)
    throw new ConfigurationError({
      message: `${where} does not know the option ${JSON.stringify(key)}.`,
      hint: nearest === undefined ? `It knows: ${known.join(', ')}.` : `Did you mean ${nearest}?`,
      context: { key, known },
    })
  }
}
