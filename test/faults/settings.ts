import { Dice } from './bank/dice.js'

const given = process.env['FAULTS_SEED']

/** How long a soak lasts, in seconds, if nobody asked for longer (`npm run test:faults -- --seconds 600`). */
export function soakSeconds(usual: number): number {
  return Number(process.env['FAULTS_SECONDS'] ?? usual)
}

/** How many programs a model is given for each seed, if nobody asked for more (`npm run test:faults -- --runs 1000`). */
export function modelRuns(usual: number): number {
  return Number(process.env['FAULTS_RUNS'] ?? usual)
}

/**
 * The seeds of a property or a soak: fixed ones, so that a change is judged by the same runs as the one before it, and
 * one that is new in each run. With `--seed` that one alone.
 */
export function seeds(...fixed: readonly number[]): readonly number[] {
  if (given !== undefined) return [Number(given)]
  return [...fixed, new Dice(Date.now()).below(2 ** 31)]
}

/** Whether a failing story is told again and again until it is short; not where only its failure counts. */
export const shrinks = process.env['FAULTS_SHRINK'] !== '0'
