/** Owns a body that breaks off in the middle, as the runtime hands over what a sender who went away had begun. */

export const brokenBody = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, text.length >> 1)))
    },
    pull(controller) {
      controller.error(new TypeError('Network connection lost.'))
    },
  })
