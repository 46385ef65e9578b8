// The socket on which the command line talks to the running supervisor. Node cannot read a peer's credentials, so a caller proves its
// uid by creating an empty file, named by our nonce, in a sticky write-only folder beside the socket.
import { randomBytes } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs'
import { createConnection, createServer, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'

/** One request of a proven user; `answer` may be called any number of times before the promise settles. */
export type AdminHandler = (user: string, request: unknown, answer: (line: unknown) => void) => Promise<void>
export type AdminServer = { close(): Promise<void> }

/** Milliseconds between the nonce and the request: a proof is made at once or not at all. */
const PROOF_LIFE = 2_000
/** Of the file: one that nobody's lock file or `touch` has by chance, so that a file made for something else proves nothing. */
export const PROOF_MODE = 0o631
const LINE_LIMIT = 64 << 10

export async function listenAdmin(path: string, handle: AdminHandler): Promise<AdminServer> {
  const proofs = proofFolder(path)
  rmSync(proofs, { recursive: true, force: true })
  mkdirSync(proofs)
  // Sticky and write-only: a caller can create its file, not list, read or remove another's.
  chmodSync(proofs, 0o1733)
  // A leftover of a killed process; the store's exclusive lock already tells that no other supervisor lives.
  rmSync(path, { force: true })

  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => socket.destroy())
    void serve(socket, proofs, handle).catch(() => socket.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  // Who may connect is for the folder's mode; who they are is for the proof.
  chmodSync(path, 0o666)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
        rmSync(proofs, { recursive: true, force: true })
      }),
  }
}

async function serve(socket: Socket, proofs: string, handle: AdminHandler): Promise<void> {
  const nonce = randomBytes(16).toString('hex')
  const issued = Date.now()
  const say = (line: unknown): void => void socket.write(`${JSON.stringify(line)}\n`)
  const clock = setTimeout(() => socket.destroy(), PROOF_LIFE)
  say({ nonce })
  let held = 0
  socket.on('data', (chunk: Buffer) => {
    held += chunk.length
    if (held > LINE_LIMIT) socket.destroy()
  })
  const lines = createInterface({ input: socket, crlfDelay: Infinity })
  const { value } = await lines[Symbol.asyncIterator]().next()
  clearTimeout(clock)
  const user = prover(join(proofs, nonce), issued)
  if (typeof value !== 'string' || user === null)
    return void socket.end(`${JSON.stringify({ error: 'no proof of who you are' })}\n`)
  await handle(user, JSON.parse(value), say)
  socket.end()
}

/** Who created the file, or null when it is not the fresh, empty, single-linked regular file that only its creator can have made. */
function prover(file: string, issued: number): string | null {
  try {
    const stat = lstatSync(file)
    unlinkSync(file)
    // Older than the nonce: somebody else's file, moved here. File times are those of the last tick, up to 10 ms old.
    const moved = stat.birthtimeMs < issued - 20
    const made = (stat.mode & 0o7777) === PROOF_MODE
    return stat.isFile() && made && stat.nlink === 1 && stat.size === 0 && !moved ? userName(stat.uid) : null
  } catch {
    return null
  }
}

/** The name in /etc/passwd; a uid without one is named by its number. */
export function userName(uid: number): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.split(':')[2] === String(uid))
  return line?.split(':')[0] || `uid-${uid}`
}

function proofFolder(path: string): string {
  return join(dirname(path), 'proof')
}

/** Where a caller puts its proof. */
export function proofFile(path: string, nonce: string): string {
  return join(proofFolder(path), nonce)
}

/** A connection to the running supervisor, or null when none listens. */
export function dialAdmin(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(null))
  })
}
