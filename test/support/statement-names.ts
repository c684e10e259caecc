import type { WireMessage } from './wire-message.js'

/** Remembers one connection's prepared statements and portals, so that Bind and Execute can say which SQL they run. */
export class StatementNames {
  readonly #statements = new Map<string, string>()
  readonly #portals = new Map<string, string>()

  /** Adds the SQL to a client's Bind, Execute and Describe messages. */
  resolve(message: WireMessage): WireMessage {
    const { name, statementName = '', portalName = '' } = message
    switch (name) {
      case 'Parse':
        this.#statements.set(statementName, message.text ?? '')
        return message
      case 'Bind': {
        const text = this.#statements.get(statementName) ?? ''
        this.#portals.set(portalName, text)
        return { ...message, text }
      }
      case 'Execute':
        return { ...message, text: this.#portals.get(portalName) ?? '' }
      case 'Describe': {
        const text =
          message.portalName === undefined
            ? this.#statements.get(statementName)
            : this.#portals.get(portalName)
        return { ...message, text: text ?? '' }
      }
      default:
        return message
    }
  }
}
