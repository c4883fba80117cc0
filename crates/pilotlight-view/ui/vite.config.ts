import { defineConfig } from 'vitest/config';
import { slimUplot } from './scripts/slim-uplot';

// The program holds these files by name, so the names never change: index.html, app.css, app.js (the shell and the light pages),
// trace.js and charts.js (the others, loaded when they are first looked at), base.js (what all of them share).
const base = /node_modules\/preact|src\/(api|parts|state)\/|src\/charts\/colours/;

export default defineConfig({
  plugins: [slimUplot()],
  build: {
    target: 'es2022',
    cssCodeSplit: false,
    // A data URI in a style sheet would need an exception in the content security policy.
    assetsInlineLimit: 0,
    // The polyfill is for browsers that this page does not run in anyway.
    modulePreload: { polyfill: false },
    sourcemap: false,
    // `npm run weigh` does this, against the budget.
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        entryFileNames: 'app.js',
        chunkFileNames: '[name].js',
        assetFileNames: 'app.[ext]',
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: 'base', test: base }] },
      },
    },
  },
  server: {
    // The viewer's own port: start `pilotlight view` beside `npm run dev`.
    proxy: { '/api': { target: 'http://127.0.0.1:4316', changeOrigin: true } },
  },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/**/*.test.ts'], environment: 'node', css: true },
});
