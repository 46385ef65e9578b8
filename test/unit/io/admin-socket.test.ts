// The proof of uid: only a fresh, empty, single-linked regular file of the agreed mode says who a caller is.
import assert from 'node:assert/strict'
import { chmodSync, linkSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { userInfo, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { dialAdmin, listenAdmin, PROOF_MODE, proofFile } from '../../../supervisor/io/admin-socket.ts'

const make = (file: string, text = '', mode = PROOF_MODE): void => {
  writeFileSync(file, text)
  chmodSync(file, mode)
}
const PROOFS: Record<string, [(file: string, folder: string) => void, boolean]> = {
  'the agreed file': [(file) => make(file), true],
  'no file': [() => {}, false],
  'a file of another mode': [(file) => make(file, '', 0o644), false],
  'a file that is not empty': [(file) => make(file, 'x'), false],
  'a hard link': [(file, folder) => (make(join(folder, 'theirs')), linkSync(join(folder, 'theirs'), file)), false],
  'a symbolic link': [
    (file, folder) => (make(join(folder, 'theirs')), symlinkSync(join(folder, 'theirs'), file)),
    false,
  ],
}

for (const [name, [prove, isProof]] of Object.entries(PROOFS)) {
  test(`${name}: ${isProof ? 'proves' : 'proves nothing'}`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'admin-'))
    const path = join(folder, 'admin.sock')
    const handled: string[] = []
    const server = await listenAdmin(path, async (user, _, answer) => {
      handled.push(user)
      answer({ user })
    })
    t.after(async () => {
      await server.close()
      rmSync(folder, { recursive: true })
    })
    const socket = await dialAdmin(path)
    assert.ok(socket)
    const lines: unknown[] = []
    for await (const line of createInterface({ input: socket })) {
      lines.push(JSON.parse(line))
      if (lines.length > 1) continue
      prove(proofFile(path, JSON.parse(line).nonce), folder)
      socket.write('{}\n')
    }
    assert.deepEqual(handled, isProof ? [userInfo().username] : [])
    assert.deepEqual(lines[1], isProof ? { user: userInfo().username } : { error: 'no proof of who you are' })
  })
}
