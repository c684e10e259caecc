import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SessionStateError } from '../../../src/errors/usage-error.js'
import { SavepointStack, type SavepointScope } from '../../../src/session/savepoint-stack.js'

/** Whether a promise has settled by now. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  const state = { isDone: false }
  void work.finally(() => {
    state.isDone = true
  })
  await nextTurn()
  return state.isDone
}

describe('SavepointStack.scope', () => {
  it('gives every scope a name of its own', () => {
    const stack = new SavepointStack()
    const names = Array.from({ length: 100 }, () => stack.scope('callback').name)
    expect(new Set(names).size).toBe(100)
    for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]*$/)
  })

  it('knows the scope of its own session around it in the code, also behind one of another session', async () => {
    const stack = new SavepointStack()
    const other = new SavepointStack()
    const outer = stack.scope('callback')
    await SavepointStack.run(outer, async () => {
      expect(stack.scope('callback').parent).toBe(outer)
      const foreign = other.scope('callback')
      expect(foreign.parent).toBeUndefined()
      await SavepointStack.run(foreign, async () => {
        await nextTurn()
        expect(stack.scope('callback').parent).toBe(outer)
        expect(other.scope('callback').parent).toBe(foreign)
      })
    })
    expect(stack.scope('callback').parent).toBeUndefined()
  })
})

describe('SavepointStack.enter', () => {
  it('lets siblings in one after the other, in the order in which they came', async () => {
    const stack = new SavepointStack()
    const scopes = [1, 2, 3].map(() => stack.scope('callback'))
    const entries = scopes.map((scope) => stack.enter(scope))
    expect(await Promise.all(entries.map(isDone))).toEqual([true, false, false])
    stack.leave(scopes[0]!)
    expect(await Promise.all(entries.map(isDone))).toEqual([true, true, false])
    stack.leave(scopes[1]!)
    expect(await Promise.all(entries.map(isDone))).toEqual([true, true, true])
    expect(scopes.map(({ state }) => state)).toEqual(['ended', 'ended', 'open'])
  })

  it('lets in at once what is nested in the innermost scope', async () => {
    const stack = new SavepointStack()
    const outer = stack.scope('callback')
    await stack.enter(outer)
    const inner = SavepointStack.run(outer, () => stack.scope('callback'))
    expect(await isDone(stack.enter(inner))).toBe(true)
  })

  it('lets in at once what comes while the innermost scope is known by its handle only', async () => {
    const stack = new SavepointStack()
    await stack.enter(stack.scope('handle'))
    expect(await isDone(stack.enter(stack.scope('callback')))).toBe(true)
  })

  it('lets what is nested in an outer scope wait for the innermost one', async () => {
    const stack = new SavepointStack()
    const outer = stack.scope('callback')
    await stack.enter(outer)
    const inside = (): SavepointScope => SavepointStack.run(outer, () => stack.scope('callback'))
    const first = inside()
    await stack.enter(first)
    const second = stack.enter(inside())
    expect(await isDone(second)).toBe(false)
    stack.leave(first)
    expect(await isDone(second)).toBe(true)
  })
})

describe('SavepointStack.leave', () => {
  it('ends what was left open inside', async () => {
    const stack = new SavepointStack()
    const outer = stack.scope('handle')
    const inner = stack.scope('handle')
    await stack.enter(outer)
    await stack.enter(inner)
    stack.leave(outer)
    expect(inner.state).toBe('ended')
    expect(() => stack.assertOpen(inner)).toThrow(SessionStateError)
  })

  it('leaves what is around it open, and may be called twice', async () => {
    const stack = new SavepointStack()
    const outer = stack.scope('handle')
    const inner = stack.scope('handle')
    await stack.enter(outer)
    await stack.enter(inner)
    stack.leave(inner)
    stack.leave(inner)
    expect(() => stack.assertOpen(outer)).not.toThrow()
  })
})

describe('SavepointStack.clear', () => {
  it('ends every open scope and lets those in that wait', async () => {
    const stack = new SavepointStack()
    const [first, second] = [stack.scope('callback'), stack.scope('callback')]
    await stack.enter(first)
    const waiting = stack.enter(second)
    stack.clear()
    expect(await isDone(waiting)).toBe(true)
    expect(() => stack.assertOpen(first)).toThrow(/ended/)
    expect(() => stack.assertOpen(second)).not.toThrow()
  })
})

describe('SavepointStack.lateScope', () => {
  it('finds the scope that the running code belongs to once that is ending, cut off or over', async () => {
    const stack = new SavepointStack()
    const scope = stack.scope('callback')
    await stack.enter(scope)
    const look = () => SavepointStack.run(scope, () => stack.lateScope())
    expect(look()).toBeUndefined()
    scope.state = 'ending'
    expect(look()).toBe(scope)
    stack.leave(scope)
    expect(look()).toBe(scope)
    expect(stack.lateScope()).toBeUndefined()
  })

  it('finds it through a scope that is still open inside', async () => {
    const stack = new SavepointStack()
    const outer = stack.scope('callback')
    await stack.enter(outer)
    const inner = SavepointStack.run(outer, () => stack.scope('callback'))
    await stack.enter(inner)
    stack.clear()
    expect(SavepointStack.run(inner, () => stack.lateScope())).toBe(inner)
    expect(SavepointStack.run(outer, () => stack.lateScope())).toBe(outer)
  })
})
