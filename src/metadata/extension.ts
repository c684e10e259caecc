import { refuseUnknownKeys } from './refuse-unknown-keys.js'

/** Options of an extension. */
export interface ExtensionOptions {
  /** The schema its objects go to. @defaultValue the first of the search path, or the one it insists on */
  readonly schema?: string | undefined
  /** Its version. @defaultValue the newest that the server has */
  readonly version?: string | undefined
  /** Creates the extensions it needs as well. @defaultValue false */
  readonly cascade?: boolean | undefined
  /** COMMENT ON EXTENSION, in place of its own. */
  readonly comment?: string | undefined
}

/** A declared extension. */
export interface Extension {
  /** What it was declared with. */
  readonly def: ExtensionOptions & { readonly name: string }
}

/**
 * Declares an extension that the tables need (`CREATE EXTENSION IF NOT EXISTS`); list it in the metadata's
 * `extensions`. Dropping the metadata leaves it in place. Performs no I/O.
 *
 * @param name - Its name, such as `citext`.
 * @param options - See {@link ExtensionOptions}.
 * @returns The extension.
 * @throws {@link ConfigurationError} if an option is unknown.
 * @example
 * ```ts
 * import { citext, extension, Metadata, table } from 'async-database'
 *
 * const users = table('users', { email: citext().notNull().unique() })
 * export const metadata = new Metadata({ tables: { users }, extensions: [extension('citext')] })
 * ```
 */
export function extension(name: string, options: ExtensionOptions = {}): Extension {
  refuseUnknownKeys(
    options,
    ['schema', 'version', 'cascade', 'comment'],
    `The extension ${JSON.stringify(name)}`,
  )
  return Object.freeze({ def: Object.freeze({ ...options, name }) })
}
