import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [vue()],
  test: {
    // A file that needs a document says so: // @vitest-environment happy-dom
    environment: "node",
    include: ["src/**/*.spec.ts"],
    pool: "threads",
    maxWorkers: 2,
    isolate: false,
    restoreMocks: true,
    unstubGlobals: true,
    server: { deps: { inline: ["element-plus"] } },
  },
});
