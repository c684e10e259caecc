import type { RoundTripEvent } from 'async-database'
import { styleText } from 'node:util'
import type { Answer, Call, Client } from './client.js'
import type { RoundTrips } from './round-trips.js'

/** What a request must lead to for the demo to succeed. */
export interface Expectation {
  /** The status; undefined where the client does not wait for one. */
  readonly status: number | undefined
  readonly roundTrips: number
  /** What the body must hold, as a test of it. */
  readonly body?: (body: unknown) => boolean
}

const WIDTH = 100
const isPlain = !process.stdout.isTTY || Boolean(process.env['NO_COLOR'])

/** Plays requests one by one, prints what each one did, and remembers what was not as expected. */
export class Play {
  readonly #client: Client
  readonly #roundTrips: RoundTrips
  #count = 0
  readonly failures: string[] = []

  constructor(client: Client, roundTrips: RoundTrips) {
    this.#client = client
    this.#roundTrips = roundTrips
  }

  /** Sends one request and prints it, its status, and the SQL that left in each round trip. */
  async request(title: string, call: Call, expected: Expectation): Promise<unknown> {
    const answer = await this.#client.send(call)
    const answered = performance.now()
    const events = await this.#roundTrips.take()
    const backMillis = performance.now() - answered
    console.log(`\n${String(++this.#count).padStart(2)}  ${paint('bold', title)}`)
    console.log(`    ${call.method} ${call.path} ${paint('dim', '→')} ${outcome(answer, backMillis)}`)
    for (const event of events) print(event)
    if (events.length === 0) console.log(paint('dim', '      no SQL, no connection'))
    this.#check(title, expected, { ...answer, events })
    return answer.body
  }

  #check(title: string, expected: Expectation, met: Answer & { events: readonly RoundTripEvent[] }): void {
    const { status, body, events } = met
    const sessions = new Set(events.map(({ sessionId }) => sessionId)).size
    const flaws = [
      status !== expected.status && `status ${String(expected.status)} expected`,
      events.length !== expected.roundTrips && `${String(expected.roundTrips)} round trips expected`,
      sessions > 1 && `one session expected, ${String(sessions)} met`,
      expected.body?.(body) === false && `another body expected: ${JSON.stringify(body)}`,
    ].filter((flaw) => flaw !== false)
    for (const flaw of flaws) {
      console.log(paint('red', `      ✗ ${flaw}`))
      this.failures.push(`${title}: ${flaw}`)
    }
  }
}

/** Paints text for a terminal; leaves it alone in a pipe or a file. */
export function paint(format: 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan', text: string): string {
  return isPlain ? text : styleText(format, text)
}

function outcome({ status, body }: Answer, backMillis: number): string {
  if (status === undefined) {
    return paint('yellow', `the client hung up; the connection was back ${backMillis.toFixed(0)} ms later`)
  }
  const { error } = (body ?? {}) as { error?: string }
  const text = error === undefined ? String(status) : `${String(status)} ${error}`
  return paint(status < 400 ? 'green' : 'yellow', text)
}

/** One line for each round trip, longer ones broken between words. */
function print({ statements, durationMillis, error }: RoundTripEvent): void {
  const time = `${durationMillis.toFixed(1)} ms`.padStart(9)
  const [first = '', ...rest] = wrapped(statements.join('; '))
  console.log(`  ${paint('dim', time)}  ${paint('cyan', first)}`)
  for (const line of rest) console.log(`${' '.repeat(15)}${paint('cyan', line)}`)
  if (error !== undefined) console.log(`${' '.repeat(13)}${paint('yellow', `✗ ${error.code}`)}`)
}

function wrapped(text: string): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!
    if (line !== '' && line.length + word.length >= WIDTH) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}
