// The thread in which Node strips types; it may be killed at any moment and must hold nothing worth keeping.
import { stripTypeScriptTypes } from 'node:module'
import { parentPort } from 'node:worker_threads'

/** Code, a fault of the source, or word that the stripper itself broke and its thread must go. */
export type Answer = { js: string } | { what: string; stack: string } | { broken: true }

parentPort?.on('message', (source: string) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
  parentPort?.postMessage(strip(source))
})

function strip(source: string): Answer {
  try {
    return { js: stripTypeScriptTypes(source, { mode: 'strip' }) }
  } catch (error) {
    const isSyntax = error instanceof Error && 'code' in error && String(error.code).endsWith('_TYPESCRIPT_SYNTAX')
    return isSyntax ? { what: error.message, stack: error.stack ?? '' } : { broken: true }
  }
}
