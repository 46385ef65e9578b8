// The power that turns a plugin's TypeScript into JavaScript; it changes no position and runs nothing.

/** JavaScript with every remaining token where the author wrote it, or the first thing wrong (lines and columns from 1). */
export type Stripped =
  { readonly js: string } | { readonly what: string; readonly line: number; readonly column: number }

/** Removes types only: syntax that needs code generated (enum, namespace, parameter properties) is an error. Never rejects. */
export type Strip = (source: string) => Promise<Stripped>
