/** Which device this tab is: an id that survives a reload, and is never shared by two tabs. */

const KEY = "intercom.device";

/**
 * @param {{getItem: (key: string) => string | null, setItem: (key: string, value: string) => void, removeItem: (key: string) => void}} storage
 */
export function deviceMemory(storage) {
  return {
    get: () => storage.getItem(KEY),
    /** @param {string} id */
    set: (id) => storage.setItem(KEY, id),
    forget: () => storage.removeItem(KEY),
  };
}
