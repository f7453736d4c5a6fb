// What a bundle tells of a configuration holds no secret, whatever place of it one was written to.
import { expect, it } from 'vitest';
import { withoutSecrets } from './evidence-bundle.ts';

it.each([
  ['https://ada:s3cret@host.example/v1', 'https://[left out]@host.example/v1'],
  ['https://host.example/v1?token=s3cret', 'https://host.example/v1?[left out]'],
  ['https://host.example/v1#s3cret', 'https://host.example/v1?[left out]'],
  ['https://ada:s3cret@host.example/v1?x=s3cret', 'https://[left out]@host.example/v1?[left out]'],
  ['postgres://ada:s3cret@db:5432/x', 'postgres://[left out]@db:5432/x'],
])('%s', (address, told) => {
  expect(withoutSecrets({ upstreams: { main: { baseUrl: address } } })).toEqual({
    upstreams: { main: { baseUrl: told } },
  });
});

it('headers, environments and arguments are left out, references to secrets are not', () => {
  const config = {
    upstreams: { main: { apiKey: { env: 'KEY' }, headers: { authorization: 's3cret', other: { env: 'NAME' } } } },
    mcp: {
      servers: { files: { command: 'npx', args: ['--token', 's3cret'], env: { TOKEN: 's3cret', B: { file: 'b' } } } },
    },
  };
  const told = withoutSecrets(config);
  expect(JSON.stringify(told)).not.toContain('s3cret');
  expect(told).toEqual({
    upstreams: { main: { apiKey: { env: 'KEY' }, headers: { authorization: '[left out]', other: { env: 'NAME' } } } },
    mcp: {
      servers: {
        files: {
          command: 'npx',
          args: ['[left out]', '[left out]'],
          env: { TOKEN: '[left out]', B: { file: 'b' } },
        },
      },
    },
  });
});

it('a variable or header that is called like a reference is hidden', () => {
  const told = withoutSecrets({ env: { env: 's3cret', file: 's3cret' }, headers: { file: 's3cret' } });
  expect(told).toEqual({ env: { env: '[left out]', file: '[left out]' }, headers: { file: '[left out]' } });
});
