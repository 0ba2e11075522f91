/**
 * Passkeys (Web Authentication Level 3, 5.1): the browser's own JSON forms, so that nothing is converted here.
 */

import { api } from "./api.js";

/** @typedef {{ parseCreationOptionsFromJSON(options: object): PublicKeyCredentialCreationOptions,
 *   parseRequestOptionsFromJSON(options: object): PublicKeyCredentialRequestOptions }} FromJson */

const credentials = () =>
  /** @type {FromJson | null} */ (/** @type {unknown} */ (window.PublicKeyCredential ?? null));

/** Whether this browser makes and uses passkeys on this page (it must be a secure one). */
export function canUsePasskeys() {
  const known = credentials();
  return Boolean(window.isSecureContext && known && "parseRequestOptionsFromJSON" in known);
}

/** @param {Credential | null} credential as JSON text */
const asText = (credential) =>
  JSON.stringify(/** @type {{ toJSON(): object }} */ (/** @type {unknown} */ (credential)).toJSON());

/**
 * Make a passkey for whoever is signed in.
 * @param {string} name
 * @returns {Promise<{recovery_code: string | null}>}
 */
export async function addPasskey(name) {
  const { options } = await api("POST", "/api/v1/account/second-factor/passkeys/options");
  const publicKey = /** @type {FromJson} */ (credentials()).parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  return api("POST", "/api/v1/account/second-factor/passkeys", { name, credential: asText(credential) });
}

/**
 * Sign in with a passkey.
 * @param {{ secondStep: boolean, trust: boolean }} how
 * @returns {Promise<{to: string}>}
 */
export async function signInWithPasskey({ secondStep, trust }) {
  const { options } = await api("POST", "/api/v1/sign-in/passkey/options", { second_step: secondStep });
  const publicKey = /** @type {FromJson} */ (credentials()).parseRequestOptionsFromJSON(options);
  const credential = await navigator.credentials.get({ publicKey });
  return api("POST", "/api/v1/sign-in/passkey", { credential: asText(credential), trust });
}

/** Whether the person (or the browser for them) has turned the question down. @param {unknown} error */
export const wasTurnedDown = (error) =>
  error instanceof DOMException && ["NotAllowedError", "AbortError"].includes(error.name);
