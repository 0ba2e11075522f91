// A resident in Firefox: signs in, answers the first call, and prints what it sent and received as one line of JSON.
// Usage: node firefox.mjs URL EMAIL PASSWORD
import puppeteer from "puppeteer-core";

const [url, email, password] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
  extraPrefsFirefox: {
    "media.navigator.streams.fake": true,
    "media.navigator.permission.disabled": true,
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.peerconnection.ice.loopback": true,
    "media.peerconnection.ice.obfuscate_host_addresses": false,
    "media.gmp-gmpopenh264.enabled": false,
    "media.gmp-manager.url": "",
    "network.captive-portal-service.enabled": false,
    "network.connectivity-service.enabled": false,
    "datareporting.policy.dataSubmissionEnabled": false,
    "app.normandy.enabled": false,
  },
});
try {
  const page = await browser.newPage();
  const said = (word) => page.waitForFunction((w) => document.getElementById("status")?.textContent === w, { timeout: 20000 }, word);
  const press = (name) =>
    page.waitForFunction(
      (n) => {
        const button = [...document.querySelectorAll("button")].find((b) => (b.querySelector(".name") ?? b).textContent.trim() === n);
        if (!button || button.disabled) return false;
        button.click();
        return true;
      },
      { timeout: 20000 },
      name,
    );
  const stats = () => page.evaluate(() => window.intercom.stats());
  const until = async (what) => {
    for (let i = 0; i < 150; i += 1) {
      const now = await stats();
      if (now && what(now)) return now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`not reached: ${what}, ${JSON.stringify(await stats())}`);
  };
  // what is taken from the camera, and what the connection sends it with
  await page.evaluateOnNewDocument(() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.taken = [];
    navigator.mediaDevices.getUserMedia = async (wish) => {
      const stream = await ask(wish);
      window.taken.push(...stream.getVideoTracks());
      return stream;
    };
    const Peer = RTCPeerConnection;
    window.RTCPeerConnection = class extends Peer {
      constructor(...options) {
        super(...options);
        window.peer = this;
      }
    };
  });
  const camera = () =>
    page.evaluate(() => {
      const { sender } = window.peer.getTransceivers().find((one) => one.receiver.track.kind === "video");
      return {
        track: sender.track?.readyState ?? null,
        active: sender.getParameters().encodings[0].active,
        lights: window.taken.filter((track) => track.readyState === "live").length,
        taken: window.taken.length,
      };
    });
  await page.goto(url);
  await page.type("#email", email);
  await page.type("#password", password);
  await Promise.all([page.waitForNavigation(), page.click("button[type=submit]")]);
  await page.evaluate(() => localStorage.setItem("asked", "yes"));
  console.log("ready");
  await page.waitForSelector("[role=dialog]", { timeout: 30000 });
  const ringing = await until((s) => s.videoFramesDecoded > 10);
  await press("Answer");
  await said("Connected");
  await until((s) => s.audioEnergyIn > 0.001 && s.audioPacketsSent > 50);
  const dark = await stats();
  const before = await camera();
  await press("Turn camera on");
  await until((s) => s.videoPacketsSent > 20);
  const on = await camera();
  await press("Turn camera off");
  await new Promise((resolve) => setTimeout(resolve, 700));
  const off = await stats();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const still = await stats();
  const after = await camera();
  await press("Text");
  await press("I am coming.");
  await page.type("#write", "Two minutes");
  await page.keyboard.press("Enter");
  await press("Open Street door");
  await press("Open Street door");
  await said("Opened");
  await press("Hang up");
  await said("Call ended: you hung up");
  console.log(JSON.stringify({ ringing, dark, off, still, camera: { before, on, after } }));
} finally {
  await browser.close();
}
