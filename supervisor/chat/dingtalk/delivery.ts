// How one attempt to send ended, in the one distinction that matters for trying again. Types only.

/**
 * refused: DingTalk says no, so nobody has seen it. unknown: no answer or a broken one, so somebody may have.
 * `problem` is a code of DingTalk's or a word of ours, safe to log.
 */
export type Delivery = { readonly is: 'delivered' } | { readonly is: 'refused' | 'unknown'; readonly problem: string }

export const DELIVERED: Delivery = Object.freeze({ is: 'delivered' })
