// Lint rules of the browser modules. Type checks are TypeScript's, layout is Prettier's.
import js from "@eslint/js";
import importX from "eslint-plugin-import-x";
import globals from "globals";

export default [
  { ignores: ["**/node_modules/", ".venv/", "runs/"] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module" },
    plugins: { "import-x": importX },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "import-x/no-cycle": "error",
      "import-x/no-unresolved": "error",
      "import-x/named": "error",
      "import-x/first": "error",
      "import-x/no-duplicates": "error",
      "import-x/extensions": ["error", "always", { ignorePackages: true }], // the browser resolves nothing
      complexity: ["error", 13],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-implicit-globals": "error",
      "no-unused-vars": ["error", { args: "after-used" }],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Texts come from users: set textContent." },
        { property: "outerHTML", message: "Texts come from users: set textContent." },
        { property: "insertAdjacentHTML", message: "Texts come from users: set textContent." },
      ],
      "no-eval": "error",
    },
  },
  { files: ["assets/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/js/**/*.js", "*.config.js"], languageOptions: { globals: globals.node } },
];
