// Starts the process of a plugin's host, and is the one seam where it gets confined: today an environment without anything of ours, no inherited
// descriptor, a process group of its own. The walls of the kernel are put up here and nowhere else.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Child } from '../host.ts'

const HOST = fileURLToPath(new URL('../../sandbox/host.ts', import.meta.url))
// Halves a host's start and saves 40 MB of it (measured): no thread has to strip types again. Not the supervisor's own cache: a
// host that could write there would write the supervisor's code.
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/host', import.meta.url))

/** What stands between a host and the machine, for the operator: name → whether it is there. */
export const WALLS = Object.freeze({ isolate: true, process: true, namespaces: false, seccomp: false, cgroup: false })

/** Starts one host. Throws when the process cannot be made at all. */
export function startChild(): Child {
  const child = spawn(process.execPath, ['--no-node-snapshot', HOST], {
    cwd: '/',
    env: { NODE_COMPILE_CACHE: CACHE },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error('the host process could not be started')
  // A host that dies while we write is reported by its exit, not by the pipe.
  child.stdin.on('error', () => {})
  child.stderr.setEncoding('utf8')
  return {
    pid,
    write: (bytes) => void child.stdin.write(bytes),
    onOutput: (read) => void child.stdout.on('data', read),
    onErrorText: (read) => void child.stderr.on('data', read),
    exited: new Promise((resolve) =>
      child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit ${code}`)),
    ),
    kill() {
      try {
        process.kill(-pid, 'SIGKILL')
      } catch {
        // Already gone.
      }
    },
  }
}
