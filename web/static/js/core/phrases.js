/**
 * What is said at a door most often, prepared: only its name travels, and each side reads it in its own language.
 *
 * A name is for ever: a page of yesterday and a doorstation of next year mean the same by it.
 */

import { t } from "./words.js";

/** @typedef {{name: string, words: () => string}} Phrase */

/** @type {Phrase[]} */
export const RESIDENT = [
  { name: "coming", words: () => t("I am coming.") },
  { name: "moment", words: () => t("One moment, please.") },
  { name: "come-up", words: () => t("Please come up.") },
  { name: "push-now", words: () => t("I will open for you. Push when it turns green.") },
  { name: "leave-at-door", words: () => t("Please leave it at the door.") },
  { name: "leave-on-stairs", words: () => t("Please leave it on the stairs.") },
  { name: "letterbox", words: () => t("Please put it in the letterbox.") },
  { name: "neighbour", words: () => t("Please give it to a neighbour.") },
  { name: "ground-floor", words: () => t("Ground floor.") },
  { name: "first-floor", words: () => t("First floor.") },
  { name: "second-floor", words: () => t("Second floor.") },
  { name: "third-floor", words: () => t("Third floor.") },
  { name: "top-floor", words: () => t("Top floor.") },
  { name: "left", words: () => t("On the left.") },
  { name: "right", words: () => t("On the right.") },
  { name: "cannot-hear", words: () => t("I cannot hear you. Please write.") },
  { name: "who", words: () => t("Who are you, please?") },
  { name: "later", words: () => t("Please come back later.") },
  { name: "that-is-right", words: () => t("Yes, that is right.") },
  { name: "no-thank-you", words: () => t("No, thank you.") },
];

/** @type {Phrase[]} */
export const VISITOR = [
  { name: "delivery", words: () => t("I have a delivery for you.") },
  { name: "visit", words: () => t("I have come to visit you.") },
  { name: "appointment", words: () => t("I have an appointment.") },
  { name: "deaf", words: () => t("I am deaf. Please write to me.") },
  { name: "open", words: () => t("Please open the door.") },
  { name: "which-floor", words: () => t("Which floor, please?") },
  { name: "where-leave", words: () => t("Where may I leave it?") },
  { name: "signature", words: () => t("I need a signature.") },
  { name: "too-big", words: () => t("It does not fit in the letterbox.") },
  { name: "meal", words: () => t("I am bringing the meal that was ordered.") },
  { name: "repair", words: () => t("I have come for a repair.") },
  { name: "meter", words: () => t("I have come to read the meter.") },
  { name: "shut", words: () => t("The door is still shut.") },
  { name: "inside", words: () => t("I am inside now.") },
  { name: "wrong-bell", words: () => t("Sorry, I rang the wrong bell.") },
  { name: "no-language", words: () => t("I do not speak your language.") },
  { name: "help", words: () => t("I need help.") },
  { name: "yes", words: () => t("Yes.") },
  { name: "no", words: () => t("No.") },
  { name: "thank-you", words: () => t("Thank you.") },
];

const ALL = new Map([...RESIDENT, ...VISITOR].map(({ name, words }) => [name, words]));

/** What a phrase says in this page's language. @param {string} name */
export const phraseWords = (name) => ALL.get(name)?.() ?? t("A phrase that this page does not know.");
