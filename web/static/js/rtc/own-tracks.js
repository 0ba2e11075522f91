/** The device's own microphone and camera in a talk: one that is unplugged is replaced by another, the chosen one is taken
 * as soon as it is there, and no new call is needed for either. */

import { capture, chosen, equipment } from "./local.js";

export class OwnTracks {
  /**
   * @param {{leg: import("./device.js").DeviceLeg, onMicrophone: (there: boolean) => void, onCameraGone: () => void}} options
   *   `onCameraGone`: it stopped, and there is no other
   */
  constructor({ leg, onMicrophone, onCameraGone }) {
    this.leg = leg;
    this.onMicrophone = onMicrophone;
    this.onCameraGone = onCameraGone;
    this.changed = () => void this.#plugged();
    navigator.mediaDevices?.addEventListener?.("devicechange", this.changed);
  }

  /** From now on this is the resident's voice. @param {MediaStreamTrack | null} track */
  async speak(track) {
    const { leg } = this;
    if (leg.closed) return void track?.stop();
    const before = leg.microphone;
    await leg.attachMicrophone(track);
    if (before !== track) before?.stop();
    this.onMicrophone(track !== null);
    track?.addEventListener("ended", () => leg.microphone === track && void this.useAnother("audio"));
  }

  /** From now on this is the resident's picture. @param {MediaStreamTrack} track */
  async show(track) {
    const { leg } = this;
    if (leg.closed) return void track.stop();
    const before = leg.camera;
    await leg.cameraOn(track);
    if (before !== track) before?.stop();
    track.addEventListener("ended", () => leg.camera === track && void this.useAnother("video"));
  }

  /** The one that is chosen now, or that there is. A camera that is off stays off. @param {"audio" | "video"} kind */
  async useAnother(kind) {
    const { leg } = this;
    if (kind === "video" && !leg.camera) return;
    const track = await capture(kind);
    if (kind === "audio") return this.speak(track);
    if (track && leg.camera) return this.show(track);
    track?.stop();
    if (!leg.camera) return; // turned off meanwhile
    await leg.cameraOff();
    this.onCameraGone();
  }

  /** Something was plugged in or out. */
  async #plugged() {
    const { microphone, camera } = this.leg;
    if (!microphone || microphone.readyState === "ended" || (await missesChosen("audioinput", microphone))) await this.useAnother("audio");
    if (camera && (camera.readyState === "ended" || (await missesChosen("videoinput", camera)))) await this.useAnother("video");
  }

  stop() {
    navigator.mediaDevices?.removeEventListener?.("devicechange", this.changed);
  }
}

/** The chosen one is there, and another is in use. @param {"audioinput" | "videoinput"} kind @param {MediaStreamTrack} track */
async function missesChosen(kind, track) {
  const wish = chosen(kind);
  return Boolean(wish) && track.getSettings().deviceId !== wish && (await equipment(kind)).some(({ id }) => id === wish);
}
