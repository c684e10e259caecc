import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { WriteBatch } from '../../../src/postgres/write-batch.js'

/** A batch, and writers that say when they write. */
function openBatch(): {
  readonly add: (name: string) => void
  readonly written: string[]
  readonly batch: WriteBatch
} {
  const batch = new WriteBatch()
  const written: string[] = []
  return {
    batch,
    written,
    add: (name) => {
      batch.add({
        write: () => {
          written.push(name)
        },
      })
    },
  }
}

describe('WriteBatch', () => {
  it('writes at once for one that is alone', () => {
    const { add, written } = openBatch()
    add('first')
    expect(written).toEqual(['first'])
  })

  it('writes for the others together and in their order, when promises have run and sockets were read', async () => {
    const { add, written } = openBatch()
    add('first')
    add('second')
    await Promise.resolve()
    add('third')
    process.nextTick(add, 'fourth')
    await Promise.resolve()
    expect(written).toEqual(['first'])
    await nextTurn()
    expect(written).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('writes for what is added while it writes, in the next turn', async () => {
    const { add, written, batch } = openBatch()
    add('first')
    batch.add({
      write: () => {
        written.push('second')
        add('third')
      },
    })
    await nextTurn()
    expect(written).toEqual(['first', 'second'])
    await nextTurn()
    expect(written).toEqual(['first', 'second', 'third'])
  })

  it('writes at once again for one that is alone when the others were answered', async () => {
    const { add, written, batch } = openBatch()
    add('first')
    add('second')
    await nextTurn()
    batch.answered()
    batch.answered()
    add('third')
    expect(written).toEqual(['first', 'second', 'third'])
  })
})
