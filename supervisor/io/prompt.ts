// The prompt of `molten serve` at a terminal: lines in, replies out.
import { createInterface } from 'node:readline'

export type Prompt = { print(text: string): void; close(): void }

/** Calls `typed` for each line; `left` when the person ends the input (Ctrl-D or Ctrl-C). */
export function openPrompt(typed: (line: string) => void, left: () => void): Prompt {
  const lines = createInterface({ input: process.stdin, output: process.stdout, prompt: 'molten> ' })
  let closed = false
  lines.on('line', (line) => {
    if (line.trim()) typed(line)
    lines.prompt()
  })
  lines.once('SIGINT', () => lines.close())
  lines.once('close', () => {
    closed = true
    left()
  })
  lines.prompt()
  return {
    print(text) {
      if (closed) return void process.stdout.write(`\n${text}`)
      // Over the prompt, then the prompt again with what was half typed.
      process.stdout.write(`\r\u001b[K${text}\n`)
      lines.prompt(true)
    },
    close: () => lines.close(),
  }
}
