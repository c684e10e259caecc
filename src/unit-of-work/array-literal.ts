const SPECIAL = /["\\]/
const EVERY_SPECIAL = /["\\]/g

/**
 * Quotes text as an element of an array literal. Pure.
 *
 * @internal
 */
export function quoteElement(text: string): string {
  // Nearly no text has either character: testing first costs a third of replacing always.
  return SPECIAL.test(text) ? `"${text.replace(EVERY_SPECIAL, '\\$&')}"` : `"${text}"`
}

/** How elements of an array are written. */
export interface ElementFormat {
  /** Writes one element that is neither null nor an array of elements, quoted where that is needed. */
  readonly encode: (value: unknown) => string
  /** What stands between two elements: a comma for every type but `box`. */
  readonly delimiter: string
  /** From this depth on an array is an element, as in an array of JSON documents. */
  readonly depth: number
}

/**
 * Writes an array, or an array of arrays, as PostgreSQL reads it. Pure.
 *
 * @param values - The elements.
 * @param format - How they are written.
 * @returns Text such as `{1,2,NULL}`.
 * @see PostgreSQL manual, Arrays, "Array Input and Output Syntax"
 * @internal
 */
export function arrayLiteral(values: readonly unknown[], format: ElementFormat, depth = 1): string {
  let text = '{'
  for (let index = 0; index < values.length; index++) {
    const value = values[index]
    if (index > 0) text += format.delimiter
    if (value === null) text += 'NULL'
    else if (Array.isArray(value) && depth < format.depth) text += arrayLiteral(value, format, depth + 1)
    else text += format.encode(value)
  }
  return `${text}}`
}

/**
 * Reads an array of a type that the driver has no parser for, such as an enum of the application. Pure.
 *
 * @param text - Text such as `{sad,"very happy",NULL}`; a lower bound in front (`[0:2]=`) is passed over.
 * @param parse - Reads one element.
 * @param delimiter - What stands between two elements.
 * @returns The elements; arrays of arrays nest.
 * @internal
 */
export function parseArrayLiteral(
  text: string,
  parse: (element: string) => unknown,
  delimiter: string,
): unknown[] {
  return new ArrayReader(text, parse, delimiter).read()
}

class ArrayReader {
  readonly #text: string
  readonly #parse: (element: string) => unknown
  readonly #delimiter: string
  #at: number

  constructor(text: string, parse: (element: string) => unknown, delimiter: string) {
    this.#text = text
    this.#parse = parse
    this.#delimiter = delimiter
    this.#at = text.indexOf('{')
  }

  /** Precondition: at `{`. Ends behind its `}`. */
  read(): unknown[] {
    const values: unknown[] = []
    this.#at++
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]
      if (character === '}') break
      if (character === this.#delimiter) this.#at++
      else if (character === '{') values.push(this.read())
      else if (character === '"') values.push(this.#parse(this.#quoted()))
      else values.push(this.#plain())
    }
    this.#at++
    return values
  }

  #quoted(): string {
    let value = ''
    for (this.#at++; this.#text[this.#at] !== '"' && this.#at < this.#text.length; this.#at++) {
      if (this.#text[this.#at] === '\\') this.#at++
      value += this.#text[this.#at] ?? ''
    }
    this.#at++
    return value
  }

  #plain(): unknown {
    const start = this.#at
    while (this.#at < this.#text.length) {
      const character = this.#text[this.#at]
      if (character === this.#delimiter || character === '}') break
      this.#at++
    }
    const value = this.#text.slice(start, this.#at)
    return value === 'NULL' ? null : this.#parse(value)
  }
}
