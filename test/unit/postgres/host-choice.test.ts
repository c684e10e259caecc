import { afterEach, describe, expect, it, vi } from 'vitest'
import { HostChoice, type ServerHost } from '../../../src/postgres/host-choice.js'

const server = (host: string): ServerHost => ({ host, port: 5432, ssl: false, requireAuth: [] })
const [one, two, three] = [server('one'), server('two'), server('three')]
const SERVERS = [one, two, three]

const hostsOf = (choice: HostChoice) => choice.tour().map((candidate) => candidate.server.host)

afterEach(() => {
  vi.useRealTimers()
})

describe('HostChoice.tour', () => {
  it('keeps the given order', () => {
    expect(hostsOf(new HostChoice(SERVERS, 'any', false))).toEqual(['one', 'two', 'three'])
  })

  it('puts a server last while the bad news of it is fresh', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const choice = new HostChoice(SERVERS, 'any', false)
    choice.failed(one)
    expect(hostsOf(choice)).toEqual(['two', 'three', 'one'])
    choice.succeeded(one)
    expect(hostsOf(choice)).toEqual(['one', 'two', 'three'])
    choice.failed(two)
    vi.advanceTimersByTime(10_001)
    expect(hostsOf(choice)).toEqual(['one', 'two', 'three'])
  })

  it('looks for a standby everywhere before it takes what there is', () => {
    const tour = new HostChoice([one, two], 'prefer-standby', false).tour()
    expect(tour.map(({ server, target }) => [server.host, target])).toEqual([
      ['one', 'standby'],
      ['two', 'standby'],
      ['one', 'any'],
      ['two', 'any'],
    ])
  })

  it('shares connections evenly when it shuffles', () => {
    const choice = new HostChoice(SERVERS, 'any', true)
    const firsts = Array.from({ length: 3_000 }, () => hostsOf(choice)[0])
    for (const { host } of SERVERS) {
      const share = firsts.filter((first) => first === host).length / firsts.length
      expect(share).toBeGreaterThan(0.25)
      expect(share).toBeLessThan(0.42)
    }
  })
})
