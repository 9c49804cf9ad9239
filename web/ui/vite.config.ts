import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

const service = process.env.HOTLINE_URL ?? "http://127.0.0.1:8345";

export default defineConfig({
  base: "/static/ui/",
  plugins: [vue()],
  build: {
    outDir: "../static/ui.new",
    emptyOutDir: true,
    target: "es2022",
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    assetsInlineLimit: 0,
  },
  // `npm run dev`: pages from here, everything else from a running service.
  server: { proxy: { "/api": service, "/static": service, "/wall": service } },
});
