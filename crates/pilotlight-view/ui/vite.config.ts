import { defineConfig } from 'vitest/config';
import { slimUplot } from './scripts/slim-uplot';

export default defineConfig({
  plugins: [slimUplot()],
  build: {
    target: 'es2022',
    cssCodeSplit: false,
    // A data URI in a style sheet would need an exception in the content security policy.
    assetsInlineLimit: 0,
    sourcemap: false,
    // `npm run weigh` does this, against the budget.
    reportCompressedSize: false,
    minify: 'terser',
    terserOptions: { module: true, ecma: 2020, compress: { passes: 3, pure_getters: true, unsafe_arrows: true } },
    // The program holds the files by name, so the names never change. There are three: pieces that are loaded when they are first
    // looked at would weigh three kilobytes more, and save a few milliseconds from the same machine.
    rolldownOptions: { output: { entryFileNames: 'app.js', assetFileNames: 'app.[ext]' } },
  },
  server: {
    // The viewer's own port: start `pilotlight view` beside `npm run dev`.
    proxy: { '/api': { target: 'http://127.0.0.1:4316', changeOrigin: true } },
  },
  test: { include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'test/**/*.test.ts'], environment: 'node', css: true },
});
