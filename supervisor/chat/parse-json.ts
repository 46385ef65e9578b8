// Reading JSON that strangers wrote; must never throw, and never repeat what it read in an error.

/** The value of `text`, or undefined when it is not JSON. DingTalk answers HTML when an address is banned. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
