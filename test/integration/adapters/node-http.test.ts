import { describeRequestSession } from './behaviours.js'
import { nodeHttpFramework } from './node-http-framework.js'
import { describeSessionOptions } from './session-options.js'

describeRequestSession(nodeHttpFramework)
describeSessionOptions(nodeHttpFramework)
