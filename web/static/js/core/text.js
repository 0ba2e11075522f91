/**
 * Text in the call as a value: each letter is seen as it is typed, and as it is taken back.
 *
 * What travels is text as RFC 8865 has it (ITU-T T.140 over a data channel): letters, U+0008 takes back the last one,
 * U+2028 ends a line. Between U+0098 and U+009C stands what is not text: "phrase moment", and "heard 3", with which
 * each end begins and tells how many lines it has; the other says again what came after them. So nothing is lost, or
 * said twice, where a connection is replaced by a new one.
 *
 * Nothing here outlives the call, and nothing of it is ever given to the server.
 */

/**
 * @typedef {{mine: boolean, text: string, phrase: string | null}} Line a finished one; of a phrase only its name
 *
 * @typedef {object} Text
 * @property {Line[]} lines of both, in the order in which they were finished
 * @property {string} mine what is being written here
 * @property {string} theirs what is being written there
 * @property {number} heard how many lines of theirs have come
 * @property {number | null} gone how many lines that they heard of me are not among `lines`: forgotten, or of this page before it
 *   was loaded again; null before they have told
 */

/** A line is no longer than this, letters. */
export const LONGEST = 2000;
/** So many lines are kept. */
const KEPT = 200;
/** What comes at once and is longer than this is no text of a person. */
const TOO_MUCH = 3 * LONGEST;

const ERASE = "\b";
const END = "\u2028";
const BEGIN = "\ufeff";
const APART = "\u0098";
const TOGETHER = "\u009c";
/** Controls, ends of lines, and what begins a text: nothing that a person sees. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]/gu;
const NAME = /^[a-z][a-z-]{0,39}$/;

/** @returns {Text} */
export const start = () => ({ lines: [], mine: "", theirs: "", heard: 0, gone: null });

/** @param {string} value */
const clean = (value) => [...value.replace(UNSEEN, "")].slice(0, LONGEST).join("");

/**
 * What was `before` becomes `now`: how many letters to take back, and which to put in their place.
 * @param {string} before
 * @param {string} now
 */
function change(before, now) {
  const old = [...before];
  const fresh = [...now];
  let same = 0;
  while (same < old.length && old[same] === fresh[same]) same += 1;
  return ERASE.repeat(old.length - same) + fresh.slice(same).join("");
}

/**
 * The line that is being written here is now `value`.
 * @param {Text} text
 * @param {string} value
 * @returns {{text: Text, send: string}}
 */
export function write(text, value) {
  const mine = clean(value);
  return { text: { ...text, mine }, send: change(text.mine, mine) };
}

/** This line is finished. One of nothing but spaces is taken back instead. @param {Text} text @returns {{text: Text, send: string}} */
export function finish(text) {
  if (!text.mine.trim()) return write(text, "");
  return { text: { ...kept(text, { mine: true, text: text.mine, phrase: null }), mine: "" }, send: END };
}

/** Say a prepared phrase; what is being written stays. @param {Text} text @param {string} phrase @returns {{text: Text, send: string}} */
export const say = (text, phrase) => ({ text: kept(text, { mine: true, text: "", phrase }), send: phraseOf(phrase) });

/** @param {string} phrase */
const phraseOf = (phrase) => `${APART}phrase ${phrase}${TOGETHER}`;

/** One more line; the oldest are forgotten. @param {Text} text @param {Line} line @returns {Text} */
function kept(text, line) {
  const lines = [...text.lines, line];
  const forgotten = lines.splice(0, Math.max(0, lines.length - KEPT));
  return { ...text, lines, gone: text.gone === null ? null : text.gone + forgotten.filter(({ mine }) => mine).length };
}

/** A new connection: what they were writing comes again. @param {Text} text @returns {Text} */
export const joined = (text) => ({ ...text, theirs: "" });

/** The first words on a connection. @param {Text} text */
export const greeting = (text) => `${BEGIN}${APART}heard ${text.heard}${TOGETHER}`;

/**
 * They have `heard` so many lines: the pieces that tell them the rest, and what is being written now.
 * @param {Text} text
 * @param {number} heard
 * @returns {{text: Text, send: string[]}}
 */
export function rest(text, heard) {
  const mine = text.lines.filter((line) => line.mine);
  const gone = text.gone ?? heard;
  const missing = mine.slice(Math.max(0, heard - gone)).map((line) => (line.phrase === null ? line.text + END : phraseOf(line.phrase)));
  return { text: { ...text, gone }, send: text.mine ? [...missing, text.mine] : missing };
}

/**
 * A piece came. Whatever makes no sense in it is passed over.
 * @param {Text} text
 * @param {string} piece
 * @returns {{text: Text, asked: number | null}} `asked`: so many lines they have heard, and want the rest
 */
export function hear(text, piece) {
  /** @type {number | null} */
  let asked = null;
  if (piece.length > TOO_MUCH) return { text, asked };
  let now = text;
  const theirs = [...text.theirs];
  const letters = [...piece];
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] ?? "";
    if (letter === ERASE) theirs.pop();
    else if (letter === END) {
      const line = theirs.splice(0).join("");
      if (line.trim()) now = heardLine(now, { mine: false, text: line, phrase: null });
    } else if (letter === APART) {
      const end = letters.indexOf(TOGETHER, at);
      if (end < 0) break;
      const [verb, what = ""] = letters.slice(at + 1, end).join("").split(" ");
      at = end;
      if (verb === "phrase" && NAME.test(what)) now = heardLine(now, { mine: false, text: "", phrase: what });
      if (verb === "heard" && /^\d{1,6}$/.test(what)) asked = Number(what);
    } else if (theirs.length < LONGEST && !letter.match(UNSEEN)) theirs.push(letter);
  }
  return { text: { ...now, theirs: theirs.join("") }, asked };
}

/** @param {Text} text @param {Line} line @returns {Text} */
const heardLine = (text, line) => ({ ...kept(text, line), heard: text.heard + 1 });
