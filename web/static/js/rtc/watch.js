/** Listens to a talk once a second: whether anything comes through, and how well. */

import * as flow from "../core/flow.js";
import * as quality from "../core/quality.js";

const LOOK = 1000;
/** How often the server is told that still nothing comes through. */
const SAY_AGAIN = 3000;

/**
 * What has come over a connection so far, and what the browser says of it (W3C WebRTC statistics).
 * @param {RTCPeerConnection} pc
 */
async function look(pc) {
  const seen = { media: 0, any: 0, lost: 0, /** @type {number | null} */ rtt: null, /** @type {number | null} */ jitter: null, /** @type {number | null} */ lossOut: null };
  if (pc.signalingState === "closed") return seen;
  for (const [, entry] of await pc.getStats()) {
    if (entry.type === "inbound-rtp") {
      seen.media += entry.packetsReceived ?? 0;
      seen.lost += Math.max(0, entry.packetsLost ?? 0);
      if (entry.kind === "audio") seen.jitter = entry.jitter ?? null;
    }
    if (entry.type === "remote-inbound-rtp" && entry.kind === "audio") seen.lossOut = entry.fractionLost ?? null;
    if (entry.type === "candidate-pair") {
      // without ICE's checks in Firefox, and in bytes only; whatever it is, it grows when something comes
      seen.any += (entry.bytesReceived ?? 0) + (entry.requestsReceived ?? 0) + (entry.responsesReceived ?? 0);
      if (entry.nominated && entry.state === "succeeded") seen.rtt = entry.currentRoundTripTime ?? null;
    }
  }
  seen.any += seen.media;
  return seen;
}

export class Watch {
  /**
   * @param {{path: () => RTCPeerConnection | null, tell: (seconds: number) => Promise<any>,
   *   mend: (seconds: number) => void, onMark: (mark: quality.Mark) => void}} options
   *   `tell`: how long nothing has come through, 0: it does again; `mend`: called at each look while nothing comes
   */
  constructor({ path, tell, mend, onMark }) {
    this.path = path;
    this.tell = tell;
    this.mend = mend;
    this.onMark = onMark;
    this.flow = flow.start(performance.now() / 1000);
    this.quality = quality.start;
    /** Counters of the last look. */
    this.before = { media: 0, lost: 0 };
    /** When the server was last told of a silence, 0: it knows of none. */
    this.told = 0;
    this.looking = false;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = setInterval(() => void this.look(), LOOK);
  }

  async look() {
    if (this.looking) return;
    this.looking = true;
    try {
      const pc = this.path();
      const seen = pc ? await look(pc) : null;
      if (this.timer !== undefined && pc === this.path()) this.#judge(seen, pc?.connectionState === "connected");
    } catch (error) {
      console.debug("the connection was not looked at", error);
    } finally {
      this.looking = false;
    }
  }

  /** @param {Awaited<ReturnType<typeof look>> | null} seen @param {boolean} connected */
  #judge(seen, connected) {
    const now = performance.now() / 1000;
    this.flow = flow.hears(this.flow, { media: seen?.media ?? 0, any: seen?.any ?? 0, connected }, now);
    const seconds = flow.silent(this.flow, now);
    this.#say(seconds);
    if (seconds) this.mend(seconds);
    const came = (seen?.media ?? 0) - this.before.media;
    const lost = (seen?.lost ?? 0) - this.before.lost;
    this.before = { media: seen?.media ?? 0, lost: seen?.lost ?? 0 };
    const lossIn = came > 0 && lost >= 0 ? lost / (came + lost) : null;
    const loss = lossIn === null ? (seen?.lossOut ?? null) : Math.max(lossIn, seen?.lossOut ?? 0);
    const mark = this.quality.mark;
    this.quality = quality.next(this.quality, { rtt: seen?.rtt ?? null, loss, jitter: seen?.jitter ?? null, silent: seconds > 0 });
    if (this.quality.mark !== mark) this.onMark(this.quality.mark);
  }

  /** @param {number} seconds */
  #say(seconds) {
    const now = performance.now();
    if (seconds ? now - this.told < SAY_AGAIN && this.told : !this.told) return;
    this.told = seconds ? now : 0;
    const said = this.tell(seconds);
    // a silence that the server does not know to be over would end the call
    if (!seconds) said.then((ack) => ack?.ok === false && !this.told && (this.told = -SAY_AGAIN));
  }

  stop() {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

/**
 * The network is another than before: what was connected over the old one may be gone without a word.
 * @param {() => void} changed
 */
export function onNetworkChange(changed) {
  addEventListener("online", changed);
  const connection = /** @type {any} */ (navigator).connection;
  let kind = connection?.type;
  // it tells of every guess of the speed, too
  connection?.addEventListener?.("change", () => {
    if (connection.type === kind) return;
    kind = connection.type;
    if (kind !== "none") changed();
  });
}
