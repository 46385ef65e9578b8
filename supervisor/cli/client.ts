// The command line's end of the admin socket: proves the uid, sends one request, hands on each line of the answer.
import { closeSync, constants, fchmodSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { dialAdmin, PROOF_MODE, proofFile } from '../io/admin-socket.ts'

const greeting = z.strictObject({ nonce: z.string().regex(/^[0-9a-f]{32}$/) })

/** False when no supervisor listens at that path; otherwise true once the supervisor has closed the connection. */
export async function askSupervisor(path: string, request: unknown, answer: (line: unknown) => void): Promise<boolean> {
  const socket = await dialAdmin(path)
  if (!socket) return false
  let greeted = false
  for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
    if (greeted) {
      answer(JSON.parse(line))
      continue
    }
    const { nonce } = greeting.parse(JSON.parse(line))
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
    const proof = openSync(proofFile(path, nonce), O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600)
    fchmodSync(proof, PROOF_MODE)
    closeSync(proof)
    socket.write(`${JSON.stringify(request)}\n`)
    greeted = true
  }
  return true
}
