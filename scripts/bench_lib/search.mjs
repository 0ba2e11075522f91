/** The panel's search as its page runs it. In: lines of JSON, {entries, typed}. Out: a line each, with answers and times. */

import { createInterface } from "node:readline";
import { Book, marked } from "../../web/static/js/core/search.js";

/** Rows that the page draws at once. */
const ROWS = 20;

/** One key was pressed: what is found, and the first rows with what was typed underlined. */
function press(book, words) {
  const hits = book.find(words);
  const rows = hits.slice(0, ROWS).map((i) => [marked(book.entries[i].name, words), marked(book.entries[i].unit, words)]);
  return { hits, rows };
}

const books = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { name, entries, typed, times } = JSON.parse(line);
  if (entries) {
    globalThis.gc?.();
    const before = process.memoryUsage().heapUsed;
    const began = performance.now();
    const book = new Book(entries);
    book.prepare();
    const took = performance.now() - began;
    globalThis.gc?.();
    books.set(name, book);
    console.log(JSON.stringify({ ready_ms: took, heap: process.memoryUsage().heapUsed - before }));
    continue;
  }
  const book = books.get(name);
  const answers = typed.map((words) => press(book, words).hits.map((i) => book.entries[i].id));
  const found = [];
  const drawn = [];
  for (let round = 0; round < times; round += 1) {
    let began = performance.now();
    for (const words of typed) book.find(words);
    found.push(((performance.now() - began) * 1000) / typed.length);
    began = performance.now();
    for (const words of typed) press(book, words);
    drawn.push(((performance.now() - began) * 1000) / typed.length);
  }
  console.log(JSON.stringify({ answers, found, drawn }));
}
