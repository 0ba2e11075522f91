import assert from "node:assert/strict";
import { test } from "node:test";

import * as fence from "../static/js/core/fence.js";

const HERE = { lat: 47.37712, lon: 8.54038 };
const ring = fence.square(HERE, 40);

test("a metre is a metre, to the north and to the east", () => {
  for (const at of [HERE, { lat: 0, lon: 179.9999 }, { lat: -70, lon: -20 }]) {
    assert.ok(Math.abs(fence.between(at, fence.moved(at, 100, 0)) - 100) < 0.2);
    assert.ok(Math.abs(fence.between(at, fence.moved(at, 0, -100)) - 100) < 0.2);
  }
  assert.deepEqual(fence.moved({ lat: 90, lon: 0 }, 50, 0), { lat: 90, lon: 0 });
});

test("what is written is read again", () => {
  for (const one of [fence.circle(HERE, 30), fence.polygon([ring]), fence.polygon([ring, fence.square(HERE, 5)])]) {
    assert.deepEqual(fence.read(fence.written(one)), one);
  }
  assert.equal(fence.written(null), "");
  assert.equal(fence.read("  "), null);
});

test("a fence across the antimeridian is one piece", () => {
  const text = '{"type":"Polygon","coordinates":[[[179.999,0],[-179.999,0],[-179.999,0.002],[179.999,0.002],[179.999,0]]]}';
  const read = fence.read(text);
  assert.ok(read?.kind === "polygon");
  assert.deepEqual(read.rings[0]?.map(({ lon }) => lon), [179.999, 180.001, 180.001, 179.999]);
});

test("GeoJSON is read as map programs write it, and nothing else", () => {
  const coordinates = [[[8, 47], [8.1, 47], [8.1, 47.1], [8, 47]]];
  const bare = { type: "Polygon", coordinates };
  const expected = fence.read(JSON.stringify(bare));
  assert.equal(expected?.kind === "polygon" && expected.rings[0]?.length, 3);
  const feature = { type: "Feature", properties: null, geometry: bare };
  for (const same of [feature, { type: "FeatureCollection", features: [feature] }, { type: "MultiPolygon", coordinates: [coordinates] }]) {
    assert.deepEqual(fence.read(JSON.stringify(same)), expected);
  }
  assert.deepEqual(fence.read('{"type":"Point","coordinates":[8,47]}'), fence.circle({ lat: 47, lon: 8 }, 75));
  for (const wrong of ["x", "7", "null", "[]", '{"type":"Point","coordinates":["8",47]}', '{"type":"Point","coordinates":[8,95]}',
    '{"type":"Polygon","coordinates":[]}', '{"type":"Polygon","coordinates":[[[8,47],[9,47]]]}', '{"type":"LineString"}',
    '{"type":"Polygon","coordinates":[7]}', '{"type":"FeatureCollection","features":[]}']) {
    assert.equal(fence.read(wrong), undefined, wrong);
  }
});

test("corners are moved, added and removed", () => {
  const start = fence.polygon([ring, fence.square(HERE, 5).slice(0, 3)]);
  assert.deepEqual(fence.withCorner(start, 0, 1, HERE).rings[0]?.[1], HERE);
  const more = fence.cornerAfter(start, 0, 3);
  assert.equal(more.rings[0]?.length, 5);
  const [first, last, between] = [ring[0], ring[3], more.rings[0]?.[4]];
  assert.ok(first && last && between);
  assert.ok(Math.abs(fence.between(first, between) - fence.between(last, between)) < 0.3);
  assert.deepEqual(fence.withoutCorner(more, 0, 4), start);
  assert.equal(fence.withoutCorner(start, 1, 0).rings.length, 1, "a hole of three goes as a whole");
  const three = fence.polygon([ring.slice(0, 3)]);
  assert.equal(fence.withoutCorner(three, 0, 0), three, "an outline of three stays");
  assert.equal(fence.withoutHole(fence.withHole(three, ring), 1).rings.length, 1);
});

test("a circle becomes a square around it, and back", () => {
  const square = fence.other(fence.circle(HERE, 60));
  assert.ok(square.kind === "polygon");
  assert.ok(fence.between(fence.middle(square), HERE) < 0.3);
  const back = fence.other(square);
  assert.ok(back.kind === "circle");
  assert.equal(back.radius, 85);
});
