import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// SEKISHO_WEB_OUT: where the built page goes. SEKISHO_CONSOLE: the console that the development server asks.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: process.env.SEKISHO_WEB_OUT ?? 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // One file each: a data URL would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { proxy: { '/api': process.env.SEKISHO_CONSOLE ?? 'http://127.0.0.1:8080' } },
});
