// Portkey's gateway as a peer of the benchmark: installed into the scratch folder on demand, with its `contains` check on
// input and on output, and shown to enforce both before it is measured.
import { type ChildProcess, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Portkey's streams fail on newer versions of the two it asks for. */
const PACKAGES = { '@portkey-ai/gateway': '1.15.2', hono: '4.9.7', '@hono/node-server': '1.13.8' };
/** Appears in no text of the benchmark. */
const WORD = 'zebra-crossing';

export function installPortkey(folder: string): string {
  const start = join(folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  if (!existsSync(start)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
    execFileSync('npm', ['install', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' });
  }
  return start;
}

/** The header that configures a request: the upstream, and the check before and after it. */
export function portkeyHeaders(upstreamPort: number): Readonly<Record<string, string>> {
  const check = [{ 'default.contains': { operator: 'none', words: [WORD] }, deny: true }];
  const config = {
    provider: 'openai',
    api_key: 'none',
    custom_host: `http://127.0.0.1:${upstreamPort}/v1`,
    input_guardrails: check,
    output_guardrails: check,
  };
  return { 'x-portkey-config': JSON.stringify(config) };
}

/** @throws Error where it lets a request pass that its check should deny, or denies one that is fine */
async function checkEnforces(port: number, headers: Readonly<Record<string, string>>): Promise<void> {
  const status = async (content: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', authorization: 'Bearer none' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content }] }),
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  const [denied, passed] = [await status(`a ${WORD} here`), await status('hello')];
  if (denied !== 446 || passed !== 200) throw new Error(`portkey: expected 446 and 200, got ${denied} and ${passed}`);
}

/** Resolves when it listens and its check does what it says. */
export async function startPortkey(
  spawnPinned: (args: readonly string[]) => ChildProcess,
  folder: string,
  port: number,
  upstreamPort: number,
): Promise<ChildProcess> {
  const child = spawnPinned([installPortkey(folder), `--port=${port}`, '--headless']);
  child.stdout!.resume();
  const headers = portkeyHeaders(upstreamPort);
  for (let tries = 0; ; tries++) {
    try {
      await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.arrayBuffer());
      break;
    } catch (thrown) {
      if (tries > 200) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  await checkEnforces(port, headers);
  return child;
}
