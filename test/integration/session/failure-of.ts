/** Lets work fail, and returns with what. Fails itself when the work succeeds. */
export async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  const failure = await outcomeOf(work)
  if (failure === undefined) throw new Error('This was expected to fail, and succeeded.')
  return failure
}

/** With what work failed, or `undefined`. Never rejects, so it may be awaited late. */
export async function outcomeOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
    return undefined
  } catch (error) {
    return error
  }
}
