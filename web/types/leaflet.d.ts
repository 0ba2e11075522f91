// /static/vendor/leaflet.js and leaflet-geoman.js are scripts that make and extend a global: the packages' own types.
import "@geoman-io/leaflet-geoman-free";
import * as Leaflet from "leaflet";

declare global {
  const L: typeof Leaflet;
}
