import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    adapters: 'src/adapters/index.ts',
    express: 'src/adapters/express/index.ts',
    fastify: 'src/adapters/fastify/index.ts',
    testing: 'src/testing/index.ts',
  },
  // No CommonJS twin: it would be a second AsyncLocalStorage and a second set of error classes. Node >= 20.19 can require() this.
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  // Shared chunks, so that each class exists once whichever entry it is reached by.
  splitting: true,
  dts: true,
  sourcemap: true,
  clean: true,
  skipNodeModulesBundle: true,
})
