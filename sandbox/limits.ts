// Every ceiling of the sandbox in one table. What a manifest may choose (memory, cpu, wall, concurrency, output) is not here.

export const LIMITS = Object.freeze({
  /** Bytes of one frame, either way: room for a 1 MiB HTTP body whose every byte JSON escapes. */
  frame: 8 << 20,
  /** Calls of one run: in all, and awaiting their answer at one time. */
  calls: 1_000,
  callsInFlight: 32,
  /** Characters of one capability request. */
  request: 2 << 20,
  /** Log lines of one run, and characters of one line. */
  logs: 200,
  logLine: 2_000,
  /** Operations on timers in one run: each is a message to the host, so a flood must end. */
  timerOps: 10_000,
  /** Characters of an error's message and stack as they leave the isolate. */
  message: 500,
  stack: 4_000,
  /** Contexts that one isolate serves before it is replaced. Contexts of a warm isolate may stay alive until the host's
   * thread collects; measured deaths at 186 to 838 contexts, depending on the plugin's size. */
  contexts: 100,
  /** Milliseconds for compiling, instantiating and checking a plugin at load, wall time. */
  load: 5_000,
  /** Milliseconds that a disposed isolate has to let go of its thread. Loops end in under 35 ms, uninterruptible builtins never. */
  stuck: 300,
  /** Milliseconds between two looks at the process's memory while anything runs. */
  memoryLook: 20,
  /** Bytes of resident memory allowed beyond the isolates' own limits: Node itself (60 to 90 MB), a thread per worker, garbage. */
  memoryOverhead: 192 << 20,
})
