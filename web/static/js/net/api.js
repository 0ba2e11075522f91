/** Requests to the server's HTTP API; errors carry the server's code and sentence. */

import { language, t } from "../core/words.js";

/** A refusal of the server, or no answer at all (`code` "no_connection"). */
export class ApiError extends Error {
  /** @param {string} code @param {string} message @param {any} [details] */
  constructor(code, message, details) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/**
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>} the JSON of the answer, or null
 */
export async function api(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { "Accept-Language": language(), ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : null,
    });
  } catch {
    throw new ApiError("no_connection", t("The server does not answer. Try again."));
  }
  const text = await answer.text();
  const said = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new ApiError(said?.code ?? "our_fault", said?.detail ?? t("This did not work."), said?.details);
  return said;
}
