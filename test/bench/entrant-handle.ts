import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { LoopEnd, LoopResult } from './closed-loop.js'
import type { EntrantReply, EntrantRequest } from './entrant-process.js'
import type { EntrantOptions } from './workload.js'

/** The runner's side of one entrant's process. */
export class EntrantHandle {
  readonly name: string
  readonly #child: ChildProcess

  private constructor(name: string, child: ChildProcess) {
    this.name = name
    this.#child = child
  }

  /** Starts a process and opens the entrant in it. */
  static async open(
    processFile: string,
    workload: string,
    name: string,
    options: EntrantOptions,
  ): Promise<EntrantHandle> {
    // As in production: in development a session writes down where each statement came from.
    const env = { ...process.env, NODE_ENV: 'production' }
    const child = fork(processFile, { execArgv: [], env })
    const handle = new EntrantHandle(name, child)
    await handle.#ask({ kind: 'open', workload, entrant: name, ...options })
    return handle
  }

  /** Checks that the entrant gives the expected answers. */
  async verify(inputs: readonly number[]): Promise<void> {
    await this.#ask({ kind: 'verify', inputs })
  }

  async loop(concurrency: number, end: LoopEnd): Promise<LoopResult> {
    const reply = await this.#ask({ kind: 'loop', concurrency, end })
    if (reply.result === undefined) throw new Error(`${this.name} gave no result`)
    return reply.result
  }

  /** Closes the entrant and ends its process. */
  async close(): Promise<void> {
    const exited = once(this.#child, 'exit')
    await this.#ask({ kind: 'close' })
    this.#child.disconnect()
    await exited
  }

  /** Ends the process, whatever it does. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  async #ask(request: EntrantRequest): Promise<{ readonly result?: LoopResult }> {
    const reply = await new Promise<EntrantReply>((resolve, reject) => {
      const onExit = (): void =>
        reject(new Error(`the process of ${this.name} ended during "${request.kind}"`))
      this.#child.once('exit', onExit)
      this.#child.once('message', (message: EntrantReply) => {
        this.#child.off('exit', onExit)
        resolve(message)
      })
      this.#child.send(request)
    })
    if ('error' in reply) throw new Error(`${this.name}: ${reply.error}`)
    return reply
  }
}
