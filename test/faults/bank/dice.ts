/** A seeded source of chance: the same seed throws the same numbers (mulberry32). */
export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** A number from 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let bits = this.#state
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from 0, below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  /** True this often, e.g. 0.02. */
  chance(share: number): boolean {
    return this.next() < share
  }

  /** One of them, or undefined if there are none. */
  oneOf<Value>(values: readonly Value[]): Value | undefined {
    return values[this.below(values.length)]
  }
}
