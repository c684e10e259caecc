import type { ErrorCode } from './error-codes.js'
import { UsageError } from './usage-error.js'

/** `reflect()` was asked for a schema or table that is not there, or that the role may not use. */
export class ReflectionError extends UsageError {
  static override readonly code: ErrorCode = 'REFLECTION_FAILED'
  static override readonly name: string = 'ReflectionError'
}
