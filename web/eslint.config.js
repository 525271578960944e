// What types cannot find: names that nothing uses, and code that does not do what it seems to.

import js from "@eslint/js";

export default [
  js.configs.recommended,
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "no-unused-vars": ["error", { varsIgnorePattern: "^_$", ignoreRestSiblings: true }],
      // The compiler knows which names exist.
      "no-undef": "off",
    },
  },
];
