import type { SequenceDescription, SequenceSettings } from '../metadata/description.js'
import { qualified } from './name-sql.js'

/**
 * Writes how a sequence counts, leaving out what PostgreSQL does by itself. Pure.
 *
 * @param settings - The settings.
 * @returns Words such as `START WITH 100 CACHE 10`; empty when there is nothing to say.
 * @internal
 */
export function sequenceSettingsSql(settings: SequenceSettings): string {
  const parts = [
    settings.increment === undefined ? '' : `INCREMENT BY ${String(settings.increment)}`,
    settings.minValue === undefined ? '' : `MINVALUE ${String(settings.minValue)}`,
    settings.maxValue === undefined ? '' : `MAXVALUE ${String(settings.maxValue)}`,
    settings.start === undefined ? '' : `START WITH ${String(settings.start)}`,
    settings.cache === undefined ? '' : `CACHE ${String(settings.cache)}`,
    settings.cycle ? 'CYCLE' : '',
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/**
 * Writes CREATE SEQUENCE. Pure.
 *
 * @param sequence - The sequence; of a serial column when it has no `unlogged`.
 * @returns The statement.
 * @internal
 */
export function createSequenceSql(
  sequence: Omit<SequenceDescription, 'comment' | 'ownedBy' | 'unlogged'> & { readonly unlogged?: boolean },
): string {
  const head = `CREATE ${sequence.unlogged === true ? 'UNLOGGED ' : ''}SEQUENCE ${qualified(sequence)}`
  const type = sequence.dataType === undefined ? '' : ` AS ${sequence.dataType}`
  const settings = sequenceSettingsSql(sequence)
  return `${head}${type}${settings === '' ? '' : ` ${settings}`}`
}
