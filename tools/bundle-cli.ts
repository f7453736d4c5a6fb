// The command line as a few files of its own beside the modules: it starts in half the time, since Node opens and links a tenth
// of the files, and a command loads only what it uses. Packages stay outside: what is installed is what is looked through.
import { dirname, relative, resolve, sep } from 'node:path';
import { defineConfig, type Plugin } from 'vite';

const DIST = resolve(import.meta.dirname, '../dist');
const OUT = resolve(DIST, 'bin');

/** What a module says of its own place stays true: files of `content` and programs of child processes lie beside the modules. */
function keepPlaces(): Plugin {
  const from = (path: string): string =>
    `new URL(${JSON.stringify(relative(OUT, path).replaceAll(sep, '/'))}, import.meta.url)`;
  return {
    name: 'keep-places',
    transform(code, id) {
      if (!id.startsWith(DIST) || !/\bimport\.meta\.(?:url|dirname|filename)\b/.test(code)) return null;
      const kept = code.replaceAll(/\bimport\.meta\.(url|dirname|filename)\b/g, (_, what: string) =>
        what === 'url' ? `${from(id)}.href` : `toOwnPath(${from(what === 'dirname' ? dirname(id) : id)})`,
      );
      return { code: `import { fileURLToPath as toOwnPath } from 'node:url';\n${kept}`, map: null };
    },
  };
}

export default defineConfig({
  plugins: [keepPlaces()],
  build: {
    ssr: true,
    target: 'node20',
    outDir: OUT,
    emptyOutDir: true,
    minify: false,
    rolldownOptions: {
      input: { ancile: resolve(DIST, 'cli/main.js') },
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      // No module does anything when it is loaded but define: whatever is not used by a command need not be.
      treeshake: { moduleSideEffects: false },
    },
  },
});
