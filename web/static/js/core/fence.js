/**
 * A fence while it is drawn: a circle, or a polygon with holes, as GeoJSON has it and as a map shows it.
 *
 * Longitudes may go beyond ±180 here, so that a fence across the antimeridian is one piece on the map; the server
 * takes both. What a fence must be like is the server's to say.
 *
 * @typedef {{lat: number, lon: number}} Spot in degrees
 * @typedef {{kind: "circle", centre: Spot, radius: number}} Circle the radius in metres
 * @typedef {{kind: "polygon", rings: Spot[][]}} Polygon the outline, then holes; without repeating their first corner
 * @typedef {Circle | Polygon} Fence
 */

export const RADIUS = 75;
/** Half a side of the square that a polygon begins with, in metres. */
export const HALF = 40;
/** A degree of latitude, in metres. */
const DEGREE = (Math.PI / 180) * 6371008.8;
/** Digits that are worth something: 0.1 m. */
const DIGITS = 6;

/** @param {number} degrees */
export const rounded = (degrees) => Number(degrees.toFixed(DIGITS));

/** @param {Spot} spot */
const tidy = (spot) => ({ lat: rounded(Math.max(-90, Math.min(90, spot.lat))), lon: rounded(spot.lon) });

/** Metres of a degree of longitude there; near a pole, as if a little beside it. @param {number} lat */
const across = (lat) => DEGREE * Math.max(1e-6, Math.cos((lat * Math.PI) / 180));

/**
 * The spot so many metres further.
 * @param {Spot} spot
 * @param {number} north
 * @param {number} east
 * @returns {Spot}
 */
export const moved = (spot, north, east) =>
  tidy({ lat: spot.lat + north / DEGREE, lon: spot.lon + east / across(spot.lat) });

/** From one to the other in metres, for near ones. @param {Spot} a @param {Spot} b */
export const between = (a, b) => Math.hypot((b.lat - a.lat) * DEGREE, (b.lon - a.lon) * across((a.lat + b.lat) / 2));

/** @param {Spot} centre @param {number} [radius] @returns {Circle} */
export const circle = (centre, radius = RADIUS) => ({ kind: "circle", centre: tidy(centre), radius });

/** A square around a spot. @param {Spot} centre @param {number} [half] @returns {Spot[]} */
export const square = (centre, half = HALF) => [
  moved(centre, half, -half),
  moved(centre, half, half),
  moved(centre, -half, half),
  moved(centre, -half, -half),
];

/** @param {Spot[][]} rings @returns {Polygon} */
export const polygon = (rings) => ({ kind: "polygon", rings: rings.map((ring) => ring.map(tidy)) });

/** The middle of a fence. @param {Fence} fence @returns {Spot} */
export function middle(fence) {
  if (fence.kind === "circle") return fence.centre;
  const ring = fence.rings[0] ?? [];
  const sum = ring.reduce((all, { lat, lon }) => ({ lat: all.lat + lat, lon: all.lon + lon }), { lat: 0, lon: 0 });
  return { lat: sum.lat / ring.length, lon: sum.lon / ring.length };
}

/** The other kind of fence in the same place and about as large. @param {Fence} fence @returns {Fence} */
export function other(fence) {
  const at = middle(fence);
  if (fence.kind === "circle") return polygon([square(at, fence.radius)]);
  const corners = fence.rings[0] ?? [];
  const reach = corners.reduce((most, corner) => Math.max(most, between(at, corner)), 0);
  return circle(at, Math.min(5000, Math.max(5, Math.round(reach))));
}

/** The polygon as near to longitude 0 as it can be, after a map was pushed once around. @param {Polygon} fence */
export function home(fence) {
  const turns = 360 * Math.round((fence.rings[0]?.[0]?.lon ?? 0) / 360);
  return polygon(fence.rings.map((ring) => ring.map(({ lat, lon }) => ({ lat, lon: lon - turns }))));
}

/** @param {Polygon} fence @param {number} ring @param {(corners: Spot[]) => Spot[]} change @returns {Polygon} */
const changed = (fence, ring, change) =>
  polygon(fence.rings.map((corners, number) => (number === ring ? change(corners) : corners)));

/** @param {Polygon} fence @param {number} ring @param {number} corner @param {Spot} spot */
export const withCorner = (fence, ring, corner, spot) =>
  changed(fence, ring, (corners) => corners.with(corner, spot));

/** One more corner, halfway to the next. @param {Polygon} fence @param {number} ring @param {number} corner */
export const cornerAfter = (fence, ring, corner) =>
  changed(fence, ring, (corners) => {
    const here = corners[corner];
    const next = corners[(corner + 1) % corners.length];
    if (!here || !next) return corners;
    return corners.toSpliced(corner + 1, 0, { lat: (here.lat + next.lat) / 2, lon: (here.lon + next.lon) / 2 });
  });

/** One corner less. A hole of three corners goes with it, an outline of three stays. @param {Polygon} fence @param {number} ring @param {number} corner */
export function withoutCorner(fence, ring, corner) {
  if ((fence.rings[ring]?.length ?? 0) > 3) return changed(fence, ring, (corners) => corners.toSpliced(corner, 1));
  return ring === 0 ? fence : withoutHole(fence, ring);
}

/** @param {Polygon} fence @param {Spot[]} hole */
export const withHole = (fence, hole) => polygon([...fence.rings, hole]);

/** @param {Polygon} fence @param {number} ring */
export const withoutHole = (fence, ring) => polygon(fence.rings.filter((_, number) => number !== ring));

/** @param {Fence | null} fence @returns {string} GeoJSON; nothing for none */
export function written(fence) {
  if (!fence) return "";
  if (fence.kind === "circle") {
    const { centre, radius } = fence;
    const geometry = { type: "Point", coordinates: [centre.lon, centre.lat] };
    return JSON.stringify({ type: "Feature", properties: { radius }, geometry });
  }
  const coordinates = fence.rings.map((ring) => [...ring, ...ring.slice(0, 1)].map(({ lat, lon }) => [lon, lat]));
  return JSON.stringify({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates } });
}

/**
 * The fence that a text says, null for an empty one, undefined for what is none.
 * @param {string} text
 * @returns {Fence | null | undefined}
 */
export function read(text) {
  if (!text.trim()) return null;
  try {
    return understood(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @param {any} value @param {any} [properties] @returns {Fence | undefined} */
function understood(value, properties) {
  switch (value?.type) {
    case "FeatureCollection":
      return value.features?.length === 1 ? understood(value.features[0]) : undefined;
    case "Feature":
      return understood(value.geometry, value.properties);
    case "Point": {
      const centre = spot(value.coordinates);
      const radius = properties?.radius ?? RADIUS;
      return centre && Number.isFinite(radius) ? circle(centre, radius) : undefined;
    }
    case "MultiPolygon":
      return value.coordinates?.length === 1 ? rings(value.coordinates[0]) : undefined;
    case "Polygon":
      return rings(value.coordinates);
    default:
      return undefined;
  }
}

/** @param {any} value @returns {Polygon | undefined} */
function rings(value) {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  /** @type {Spot | undefined} */
  let near;
  const found = value.map((/** @type {any} */ ring) => {
    if (!Array.isArray(ring)) return [];
    const spots = ring.map((point) => {
      const at = spot(point);
      if (at && near) at.lon += 360 * Math.round((near.lon - at.lon) / 360);
      near ??= at;
      return at;
    });
    const last = spots.at(-1);
    const closed = spots.length > 1 && last && spots[0] && last.lat === spots[0].lat && last.lon === spots[0].lon;
    return closed ? spots.slice(0, -1) : spots;
  });
  const whole = found.every((ring) => ring.length >= 3 && ring.every((at) => at !== undefined));
  return whole ? polygon(/** @type {Spot[][]} */ (found)) : undefined;
}

/** @param {any} point @returns {Spot | undefined} */
function spot(point) {
  if (!Array.isArray(point) || point.length < 2) return undefined;
  const [lon, lat] = point;
  return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90 && Math.abs(lon) <= 540
    ? { lat, lon }
    : undefined;
}
