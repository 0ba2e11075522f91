import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import Tannin from "tannin";
import { figure, language, locale, n, speak, t, woven } from "../static/js/core/words.js";

const catalogue = () =>
  new Tannin({
    words: {
      "": { lang: "fr", plural_forms: "nplurals=2; plural=(n > 1);" },
      Sent: ["Envoyé"],
      "Open {lock}": ["Ouvrir {lock}"],
      "{count} name found": ["{count} nom trouvé", "{count} noms trouvés"],
    },
  });

afterEach(() => speak("en"));

test("English needs no catalogue", () => {
  assert.equal(t("Sent"), "Sent");
  assert.equal(t("Open {lock}", { lock: "Street door" }), "Open Street door");
  assert.equal(n("{count} name found", "{count} names found", 1), "1 name found");
  assert.equal(n("{count} name found", "{count} names found", 0), "0 names found");
  assert.equal(locale(), "en-GB");
});

test("with a catalogue everything is said in its language, plurals by its own rule", () => {
  speak("fr", catalogue());
  assert.equal(language(), "fr");
  assert.equal(t("Open {lock}", { lock: "la cour" }), "Ouvrir la cour");
  assert.equal(n("{count} name found", "{count} names found", 0), "0 nom trouvé");
  assert.equal(n("{count} name found", "{count} names found", 2), "2 noms trouvés");
});

test("a sentence that the catalogue has not is shown in English", () => {
  speak("fr", catalogue());
  assert.equal(t("Held open"), "Held open");
  assert.equal(n("a day", "{count} days", 3), "3 days");
});

test("a value is never taken for a place, and a place without value stays", () => {
  assert.equal(t("Open {lock}", { lock: "{lock} $& {count}" }), "Open {lock} $& {count}");
  assert.equal(t("Open {lock}", {}), "Open {lock}");
});

test("numbers are written as the language writes them", () => {
  assert.equal(figure(10000), "10,000");
  speak("de");
  assert.equal(t("{count} calls", { count: 10000 }), "10.000 calls");
});

test("a sentence is woven around parts of the page in the order of its language", () => {
  const part = { part: true };
  assert.deepEqual(woven("{name} is ringing for you.", { name: part }), [part, " is ringing for you."]);
  assert.deepEqual(woven("Es klingelt {name}.", { name: part }), ["Es klingelt ", part, "."]);
});
