// The process of one entrant. It does what the runner asks for, one request at a time, and ends with the runner.
import { isDeepStrictEqual } from 'node:util'
import { closedLoop, noteIdleMemory, type LoopEnd, type LoopResult } from './closed-loop.js'
import type { Entrant } from './workload.js'
import { workloads } from './workloads.js'

/** What the runner asks for. */
export type EntrantRequest =
  | {
      readonly kind: 'open'
      readonly workload: string
      readonly entrant: string
      readonly url: string
      readonly poolSize: number
    }
  /** Checks the answers to some inputs. */
  | { readonly kind: 'verify'; readonly inputs: readonly number[] }
  | { readonly kind: 'loop'; readonly concurrency: number; readonly end: LoopEnd }
  | { readonly kind: 'close' }

/** What it hears: the loop's result, if it asked for one. */
export type EntrantReply = { readonly result?: LoopResult } | { readonly error: string }

let entrant: Entrant | undefined
let inputs = 1
let expected: (input: number) => unknown = () => undefined

async function handle(request: EntrantRequest): Promise<EntrantReply> {
  switch (request.kind) {
    case 'open': {
      const workload = workloads.find(({ name }) => name === request.workload)
      const load = workload?.entrants[request.entrant]
      if (workload === undefined || load === undefined)
        throw new Error(`no entrant ${request.entrant} in ${request.workload}`)
      inputs = workload.inputs
      expected = workload.expected
      const { createEntrant } = await load()
      entrant = await createEntrant(request)
      noteIdleMemory()
      return {}
    }
    case 'verify':
      for (const input of request.inputs) {
        const answer = await open().run(input)
        if (!isDeepStrictEqual(answer, expected(input))) {
          throw new Error(`wrong answer to ${String(input)}: ${JSON.stringify(answer)}`)
        }
      }
      return {}
    case 'loop':
      return {
        result: await closedLoop(open(), { concurrency: request.concurrency, inputs, end: request.end }),
      }
    case 'close':
      await entrant?.close()
      entrant = undefined
      return {}
  }
}

function open(): Entrant {
  if (entrant === undefined) throw new Error('the entrant is not open')
  return entrant
}

process.on('message', (request: EntrantRequest) => {
  handle(request).then(
    (reply) => process.send?.(reply),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole process group; the runner alone decides when this process ends.
process.on('SIGINT', () => undefined)
