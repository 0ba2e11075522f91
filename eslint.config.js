// The browser's house rule: pages > ui > rtc | net > core. A folder imports only from folders below its own.
// What a type checker finds better is left to it.

const above = {
  core: ["pages", "ui", "rtc", "net"],
  rtc: ["pages", "ui", "net"],
  net: ["pages", "ui", "rtc"],
  ui: ["pages"],
};

const layers = Object.entries(above).map(([folder, forbidden]) => ({
  files: [`web/static/js/${folder}/**/*.js`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: `^(\\.{1,2}/|/static/js/)(.*/)?(${forbidden.join("|")})/`,
            message: `${folder}/ stands below ${forbidden.join(", ")} (or beside it): pages > ui > rtc | net > core.`,
          },
        ],
      },
    ],
  },
}));

export default [
  { ignores: ["web/static/vendor/**", "node_modules/**", ".venv/**"] },
  {
    files: ["**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "consistent-return": "off",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-alert": "error",
      "no-constant-condition": ["error", { checkLoops: false }],
      "no-dupe-keys": "error",
      "no-empty": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-script-url": "error",
      "no-self-compare": "error",
      "no-shadow-restricted-names": "error",
      "no-throw-literal": "error",
      "no-unreachable": "error",
      "no-unused-expressions": "error",
      "no-unused-vars": ["error", { argsIgnorePattern: "^_", caughtErrors: "none" }],
      "no-useless-return": "error",
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    // core/ is pure: it must run in node's test runner as it is.
    files: ["web/static/js/core/**/*.js"],
    rules: {
      "no-restricted-globals": ["error", "document", "window", "navigator", "location", "localStorage", "fetch"],
    },
  },
  ...layers,
];
