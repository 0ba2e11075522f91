// What /static/vendor/tannin.js exports: the bundle of the package whose own types these are.
export { default } from "tannin";
