/** Settings: which microphone, camera and loudspeaker this device uses, and whether they work. */

import { t } from "../core/words.js";
import { canChooseSpeaker, capture, choose, chosen, equipment as list, towardsSpeaker } from "../rtc/local.js";
import { h, icon, say } from "./dom.js";
import { meter } from "./meter.js";

/** @typedef {import("../rtc/local.js").Kind} Kind */

/** @param {{onChange: (kind: Kind) => void, tone: () => string}} options `tone`: what is played to try the loudspeaker */
export function equipment({ onChange, tone }) {
  const bars = meter();
  const video = h("video", { autoplay: true, playsinline: true, class: "try-picture", hidden: true, "aria-label": t("Your own picture") });
  video.muted = true;
  const loud = h("p", { class: "row", hidden: true }, bars.element);
  const status = h("p", { role: "status", class: "soft" });
  /** @type {MediaStreamTrack | null} */
  let open = null;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let moving;
  const sound = new Audio();

  const stop = () => {
    open?.stop();
    open = null;
    clearInterval(moving);
    bars.of(null);
    loud.hidden = true;
    video.srcObject = null;
    video.hidden = true;
    sound.pause();
  };

  /** @param {Kind} kind */
  const attempt = async (kind) => {
    stop();
    say(status, "");
    if (kind === "audiooutput") {
      sound.src = tone();
      await towardsSpeaker(sound);
      await sound.play().catch(() => say(status, t("The browser did not play the sound.")));
      setTimeout(() => sound.pause(), 3000);
      return;
    }
    const track = await capture(kind === "audioinput" ? "audio" : "video");
    if (!track) return say(status, t("The browser gave nothing. Allow it in the browser’s settings for this page."));
    open = track;
    await fill();
    if (kind === "audioinput") {
      bars.of(track);
      loud.hidden = false;
      moving = setInterval(bars.move, 80);
      say(status, t("Say something: the bars move. It stops by itself."));
    } else {
      video.srcObject = new MediaStream([track]);
      video.hidden = false;
      say(status, t("This is you. Nobody else sees it. It stops by itself."));
    }
    setTimeout(() => open === track && (stop(), say(status, "")), 10_000);
  };

  /** @param {Kind} kind @param {string} name @param {string} drawing @param {string} trial */
  const row = (kind, name, drawing, trial) => {
    const select = h("select", { class: "input", id: `use-${kind}` });
    select.addEventListener("change", () => {
      choose(kind, select.value);
      stop();
      onChange(kind);
    });
    const button = h("button", { class: "btn btn-small", type: "button", onclick: () => attempt(kind) }, icon(drawing), t("Try"), h("span", { class: "vh" }, ` ${trial}`));
    return { kind, select, element: h("div", { class: "field" }, h("label", { for: select.id }, name), h("div", { class: "row nowrap" }, select, button)) };
  };
  const rows = [
    row("audioinput", t("Microphone"), "mic", t("the microphone")),
    row("videoinput", t("Camera"), "cam", t("the camera")),
    ...(canChooseSpeaker() ? [row("audiooutput", t("Loudspeaker"), "speaker", t("the loudspeaker"))] : []),
  ];
  const fill = async () => {
    for (const { kind, select } of rows) {
      const options = [{ id: "", label: t("What the browser takes") }, ...(await list(kind))];
      select.replaceChildren(...options.map(({ id, label }) => h("option", { value: id, selected: id === chosen(kind) }, label)));
      select.value = options.some(({ id }) => id === chosen(kind)) ? chosen(kind) : "";
    }
  };
  const changed = () => void fill();
  navigator.mediaDevices?.addEventListener?.("devicechange", changed);
  void fill();
  return {
    element: h("section", { class: "equipment" }, h("h2", {}, t("Microphone, camera, loudspeaker")), ...rows.map(({ element }) => element), loud, video, status),
    leave: () => {
      stop();
      navigator.mediaDevices?.removeEventListener?.("devicechange", changed);
    },
  };
}
