import type { AsyncDatabaseOptions } from '../../../src/config/async-database-options.js'
import type { Engine } from '../../../src/engine/engine.js'
import { openEngine } from './open-engine.js'

/** One call of a logger. */
export interface LoggedLine {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** An engine as {@link openEngine} makes it, whose log is kept. */
export function openLogged(
  url: string,
  options: AsyncDatabaseOptions,
): { engine: Engine; lines: LoggedLine[] } {
  const lines: LoggedLine[] = []
  const write =
    (level: string) =>
    (fields: object, message: string): void => {
      lines.push({ level, fields: fields as Record<string, unknown>, message })
    }
  const logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
  return { engine: openEngine(url, { ...options, logger }), lines }
}
