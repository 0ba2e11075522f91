/** Gathers local candidates for a moment and sends them together: a message costs more than its bytes. */

const GATHER_FOR = 60;

/**
 * @param {RTCPeerConnection} pc
 * @param {(candidates: object[]) => void} send
 */
export function sendCandidates(pc, send) {
  /** @type {object[]} */
  let waiting = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length && pc.signalingState !== "closed") send(waiting);
    waiting = [];
  };
  pc.addEventListener("icecandidate", ({ candidate }) => {
    if (!candidate) return flush();
    if (!candidate.candidate) return; // Firefox marks the end of a generation like this
    const { candidate: line, sdpMid, sdpMLineIndex, usernameFragment } = candidate.toJSON();
    waiting.push({ candidate: line, sdpMid, sdpMLineIndex, usernameFragment: usernameFragment ?? null });
    timer ??= setTimeout(flush, GATHER_FOR);
  });
}

/** Candidates of the other end that may come before its description. */
export class RemoteCandidates {
  /** @param {RTCPeerConnection} pc */
  constructor(pc) {
    this.pc = pc;
    /** @type {RTCIceCandidateInit[] | null} */
    this.early = [];
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  async add(candidates) {
    if (this.early) this.early.push(...candidates);
    else await this.#give(candidates);
  }

  /** The other end's description is set. */
  async open() {
    const early = this.early ?? [];
    this.early = null;
    await this.#give(early);
  }

  /** @param {RTCIceCandidateInit[]} candidates */
  async #give(candidates) {
    for (const candidate of candidates) {
      try {
        await this.pc.addIceCandidate(candidate);
      } catch (error) {
        if (this.pc.signalingState !== "closed") console.debug("a candidate was not taken", error);
      }
    }
  }
}
