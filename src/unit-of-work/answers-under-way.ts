/**
 * Answers of the server on their way to a flush, each with what is to become of it.
 *
 * @internal
 */
export class AnswersUnderWay {
  #underWay: Promise<void>[] = []

  /** Takes note of an answer; it is applied when it arrives. */
  add<Answer>(answer: Promise<Answer>, apply: (answer: Answer) => Promise<void> | void): void {
    const applied = answer.then(apply)
    // Reported by settled(), or not at all if another failure came first.
    applied.catch(() => undefined)
    this.#underWay.push(applied)
  }

  /** Waits for all answers, and those that they lead to; throws the first failure. */
  async settled(): Promise<void> {
    const underWay = this.#underWay
    this.#underWay = []
    const outcomes = await Promise.allSettled(underWay)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  /** Waits for all answers, whatever they are. */
  async over(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }
}
