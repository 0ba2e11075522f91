/** Where this device is, asked of its browser when it is needed and kept nowhere. */

const WITHIN = 8000;
/** A position this old, in milliseconds, is as good as a new one. */
const STILL_GOOD = 20_000;

/**
 * @param {number} offset server's clock minus ours, seconds
 * @param {{within?: number, stillGood?: number}} [limits] milliseconds
 * @returns {Promise<{latitude: number, longitude: number, accuracy: number, at: number} | null>} null: it does not say
 */
export function here(offset, { within = WITHIN, stillGood = STILL_GOOD } = {}) {
  if (!navigator.geolocation) return Promise.resolve(null);
  return new Promise((resolve) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy }, timestamp }) => resolve({ latitude, longitude, accuracy, at: timestamp / 1000 + offset }),
      () => resolve(null),
      { enableHighAccuracy: true, timeout: within, maximumAge: stillGood },
    );
  });
}
