// The one WebSocket power that stream mode needs. Types only; io/ implements it.

export type SocketEvents = {
  readonly open: () => void
  readonly message: (text: string) => void
  /** A WebSocket ping or pong came in: somebody is there. */
  readonly alive: () => void
  /** Exactly once, last, also when the handshake failed. `reason` holds no part of the URL. */
  readonly close: (reason: string) => void
}

export type Socket = {
  /** False when the socket is not open and the text went nowhere. */
  readonly send: (text: string) => boolean
  readonly ping: () => void
  /** Says goodbye and waits for the other side to do so; while still connecting, gives up. */
  readonly close: () => void
  /** Drops the connection at once. */
  readonly terminate: () => void
}

/** Starts a connection. Events never fire before it has returned. Throws on a URL that may not be connected to. */
export type Connect = (url: string, events: SocketEvents) => Socket
