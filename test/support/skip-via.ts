import { beforeEach, inject } from 'vitest'
import { SKIPPED_VIA } from './skipped-via.js'

/** Skips, with the reason, what can't hold in this run: see {@link SKIPPED_VIA}. */
beforeEach((context) => {
  const via = inject('via')
  if (via?.kind === 'missing') context.skip(via.reason)
  const skipped = SKIPPED_VIA[process.env['TEST_VIA'] ?? ''] ?? []
  const { file, fullTestName } = context.task
  const name = `${file.name.split('/').at(-1) ?? ''} > ${fullTestName}`
  for (const [pattern, reason] of skipped) if (pattern.test(name)) context.skip(reason)
})
