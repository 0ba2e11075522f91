/** One Socket.IO namespace that returns by itself, with promises for acknowledgements. */

import { io } from "/static/vendor/socket.io.esm.min.js";
import { nextDelay } from "../core/backoff.js";
import { t } from "../core/words.js";

/** @typedef {{ok: true, [key: string]: any} | {ok: false, error: {code: string, message: string, details?: any}}} Ack */
/** @typedef {{connected: boolean, since: number, nextTryAt: number | null, refused: {code: string, message: string} | null}} LinkState */

const ANSWER_WITHIN = 5000;
/** @returns {Ack} */
const unreached = () => ({ ok: false, error: { code: "no_connection", message: t("There is no connection at the moment.") } });
const FINAL = new Set(["visit_over", "old_sign", "not_signed_in", "not_enrolled", "not_allowed"]);

/**
 * Connect to `namespace` and stay connected.
 *
 * `onState` is told of every change; `refused` is set when trying again is useless until `tryNow`.
 * @param {string} namespace
 * @param {{auth: () => object, onReady: (payload: any) => void, onEvent: (name: string, payload: any) => void, onState: (state: LinkState) => void}} options
 */
export function connect(namespace, { auth, onReady, onEvent, onState }) {
  let tries = 0;
  let busy = false;
  let closed = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {LinkState} */
  let state = { connected: false, since: Date.now(), nextTryAt: null, refused: null };

  const socket = io(namespace, {
    transports: ["websocket", "polling"],
    reconnection: false,
    autoConnect: false,
    auth: (/** @type {(data: object) => void} */ give) => give(auth()),
    timeout: 8000,
  });

  /** @param {Partial<LinkState>} change */
  const become = (change) => {
    const was = state;
    state = { ...state, ...change };
    if (was.connected !== state.connected) state.since = Date.now();
    onState(state);
  };
  const later = () => {
    clearTimeout(timer);
    if (closed || state.refused) return;
    const wait = nextDelay(tries, busy, Math.random());
    tries += 1;
    become({ connected: false, nextTryAt: Date.now() + wait });
    timer = setTimeout(() => socket.connect(), wait);
  };
  const tryNow = () => {
    if (closed || socket.connected) return;
    clearTimeout(timer);
    become({ refused: null, nextTryAt: null });
    if (socket.active) socket.disconnect();
    socket.connect();
  };

  socket.on("connect", () => {
    tries = 0;
    become({ connected: true, nextTryAt: null, refused: null });
  });
  socket.on("disconnect", () => later());
  socket.on("connect_error", (/** @type {any} */ error) => {
    const data = error?.data;
    if (data && FINAL.has(data.code)) {
      socket.disconnect();
      become({ connected: false, nextTryAt: null, refused: data });
      return;
    }
    later();
  });
  socket.onAny((/** @type {string} */ name, /** @type {any} */ payload) => {
    if (name === "replaced") {
      become({ connected: false, nextTryAt: null, refused: { code: "replaced", message: payload.message } });
      socket.disconnect();
    } else if (name === "ready") onReady(payload);
    else onEvent(name, payload);
  });

  const hurry = () => {
    if (document.visibilityState === "visible" && !state.refused) tryNow();
  };
  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  socket.connect();

  return {
    /**
     * Send and wait for the acknowledgement. Never rejects.
     * @param {string} event
     * @param {object} payload
     * @param {number} [within] milliseconds
     * @returns {Promise<Ack>}
     */
    request(event, payload, within = ANSWER_WITHIN) {
      if (!socket.connected) return Promise.resolve(unreached());
      return new Promise((resolve) => {
        socket.timeout(within).emit(event, payload, (/** @type {unknown} */ late, /** @type {Ack} */ ack) => {
          resolve(late ? unreached() : ack);
        });
      });
    },
    tryNow,
    /** While `on`, a lost connection is tried again at once. @param {boolean} on */
    busy(on) {
      if (busy === on) return;
      busy = on;
      if (on && !state.connected && !state.refused) {
        tries = 0;
        later();
      }
    },
    get state() {
      return state;
    },
    close() {
      closed = true;
      clearTimeout(timer);
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      socket.disconnect();
    },
  };
}
