import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import type { Logger } from '../../../src/config/logger.js'
import { guardedLogger } from '../../../src/engine/guarded-logger.js'

/** The rejections that would end the process. */
async function unhandledRejectionsOf(work: () => void): Promise<unknown[]> {
  const others = process.listeners('unhandledRejection')
  const unhandled: unknown[] = []
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', (reason) => unhandled.push(reason))
  try {
    work()
    await sleep(1)
    return unhandled
  } finally {
    process.removeAllListeners('unhandledRejection')
    for (const listener of others) process.on('unhandledRejection', listener)
  }
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const

describe('guardedLogger', () => {
  it.each(LEVELS)('hands what is written at %s on, as it is', (level) => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
    const fields = { a: 1 }
    guardedLogger(logger)[level](fields, 'message')
    expect(logger[level].mock.calls).toEqual([[fields, 'message']])
    for (const other of LEVELS) expect(logger[other]).toHaveBeenCalledTimes(other === level ? 1 : 0)
  })

  // A logger is usually an instance of a class, whose methods need their object.
  it.each(LEVELS)('keeps the object of the method at %s', (level) => {
    class Kept {
      readonly #lines: string[] = []
      get lines(): readonly string[] {
        return this.#lines
      }
      debug(_: object, message: string): void {
        this.#lines.push(message)
      }
      info(_: object, message: string): void {
        this.#lines.push(message)
      }
      warn(_: object, message: string): void {
        this.#lines.push(message)
      }
      error(_: object, message: string): void {
        this.#lines.push(message)
      }
    }
    const logger = new Kept()
    guardedLogger(logger)[level]({}, 'message')
    expect(logger.lines).toEqual(['message'])
  })

  it.each(LEVELS)('drops what the logger throws at %s', (level) => {
    const fail = (): never => {
      throw new Error('the disk is full')
    }
    const guarded = guardedLogger({ debug: fail, info: fail, warn: fail, error: fail })
    expect(() => guarded[level]({}, 'message')).not.toThrow()
  })

  it.each(LEVELS)('drops what an asynchronous logger rejects with at %s', async (level) => {
    const unhandled = await unhandledRejectionsOf(() => {
      const fail = (): Promise<never> => Promise.reject(new Error('the collector is down'))
      const logger = { debug: fail, info: fail, warn: fail, error: fail } as unknown as Logger
      guardedLogger(logger)[level]({}, 'message')
    })
    expect(unhandled).toEqual([])
  })

  it.each(LEVELS)('is silent at %s without a logger', (level) => {
    expect(() => guardedLogger(undefined)[level]({}, 'message')).not.toThrow()
  })
})
