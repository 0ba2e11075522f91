/** What ends a call here at once, and may not reach the server: it is said again as soon as the server is back. */

/** @param {(event: string, payload: object) => Promise<any>} request */
export function lastWords(request) {
  /** @type {{call: string, event: string, payload: object} | null} */
  let unsaid = null;
  const arrived = (/** @type {any} */ ack) => ack.ok || ack.error.code !== "no_connection";
  return {
    /** Something is still to be said. */
    waits: () => unsaid !== null,
    /** This call was left here already. @param {string} call */
    left: (call) => unsaid?.call === call,
    /** @param {string} call @param {"decline" | "hang_up"} event @param {object} payload */
    async say(call, event, payload) {
      if (!arrived(await request(event, payload))) unsaid = { call, event, payload };
    },
    async again() {
      if (unsaid && arrived(await request(unsaid.event, unsaid.payload))) unsaid = null;
    },
  };
}
