import { describe, expect, it } from 'vitest'
import { SESSION_VERDICTS } from '../../../src/session/session-state.js'

const STATES = ['idle', 'acquiring', 'active', 'aborted', 'committing', 'rolling back', 'invalid', 'closed']
const OPERATIONS = [
  'statement',
  'begin',
  'beginNested',
  'transactional',
  'commit',
  'rollback',
  'reset',
  'invalidate',
  'close',
]
const VERDICTS = ['run', 'nothing', 'join', 'wait', 'refuse']

describe('SESSION_VERDICTS', () => {
  it('has a row for every operation and no other', () => {
    expect(Object.keys(SESSION_VERDICTS).toSorted()).toEqual(OPERATIONS.toSorted())
  })

  it.each(Object.entries(SESSION_VERDICTS))('says something about %s in every state', (_, row) => {
    expect(Object.keys(row).toSorted()).toEqual(STATES.toSorted())
    for (const verdict of Object.values(row)) expect(VERDICTS).toContain(verdict)
  })

  it.each(['committing', 'rolling back'] as const)(
    'lets nothing but an end go on when %s (I-GATE)',
    (state) => {
      for (const operation of [
        'statement',
        'begin',
        'beginNested',
        'transactional',
        'commit',
        'invalidate',
      ] as const) {
        expect(SESSION_VERDICTS[operation][state]).toBe('refuse')
      }
    },
  )

  it('never refuses close(), so that a session can always be given up', () => {
    expect(Object.values(SESSION_VERDICTS.close)).not.toContain('refuse')
  })

  it('never refuses rollback() on a session that needs it', () => {
    expect(SESSION_VERDICTS.rollback.aborted).toBe('run')
    expect(SESSION_VERDICTS.rollback.invalid).toBe('run')
  })
})
