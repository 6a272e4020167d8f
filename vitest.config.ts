import { defineConfig } from "vitest/config";

const common = { testTimeout: 60_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    globalSetup: ["test/support/temporary-folder.ts"],
    env: { POWERTOOLS_LOG_LEVEL: "SILENT" },
    projects: [
      {
        test: {
          ...common,
          name: "quick",
          include: ["test/{unit,component,contract}/**/*.test.ts"],
        },
      },
      {
        test: {
          ...common,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/support/one-dynamodb.ts"],
        },
      },
      {
        // These run or read the synthesised templates, which are made once for all of them.
        test: {
          ...common,
          name: "templates",
          include: ["test/{infra,e2e}/**/*.test.ts"],
          globalSetup: ["test/support/synthesised.ts"],
          fileParallelism: false,
        },
      },
      {
        test: {
          ...common,
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
