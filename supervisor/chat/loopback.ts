// What counts as this machine itself, where plain HTTP and plain WebSockets are allowed; must never resolve a name.

const LOOPBACK = /^(localhost|(::ffff:)?127(\.\d{1,3}){3}|::1|\[::1\])$/

/** Whether `host`, a URL's hostname or a socket's address, is loopback. A name other than `localhost` never is. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host)
}
