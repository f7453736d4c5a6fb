// Python source: the code that comes with a model, and the code of projects around models.
import type { Format, Probe } from '../../format.ts';
import { reportSecrets } from '../secrets.ts';
import { isText, readText } from '../text.ts';
import { analysePython } from './analyse.ts';

const EXTENSIONS = new Set(['.py', '.pyw', '.pyi', '.pyx']);
/** Names that say that it is something else, however much code stands in it. */
const OTHERS =
  /\.(?:md|rst|txt|json|jsonl|ya?ml|toml|cfg|ini|xml|html?|csv|tsv|[jt]sx?|mjs|cjs|java|kt|scala|go|rs|c|h|cc|cpp|rb|sh|sql|ipynb|jinja2?|proto|lock)$/;
const SHEBANG = /^#![^\n]{0,100}\bpython/;
/** Statements that begin a module, behind comments and a docstring. Each line break can be read in one way only. */
const OPENING =
  /^(?:[^\S\n]{0,20}(?:#[^\n]{0,500})?\n){0,60}(?:[rRuU]?(?:"""[^]{0,2000}?"""|'''[^]{0,2000}?''')[^\S\n]{0,20}\n(?:[^\S\n]{0,20}(?:#[^\n]{0,500})?\n){0,20})?(?:import [\w.]{1,80}(?: as \w{1,40})?(?:\s{0,4},[\w., ]{1,200})?\s{0,4}(?:[;#\r\n]|$)|from [\w.]{1,80} import [\w(*]|(?:async )?def \w{1,80}\(|class \w{1,80}[(:]|@\w)/;
const CODING = /^[ \t\f]{0,40}#[^\n]{0,200}?coding[:=][ \t]{0,10}([-\w.]{1,40})/;
const ORDINARY =
  /^(?:utf[-_]?8(?:[-_]sig)?|latin[-_]?1|iso[-_]?8859[-_]\d+|ascii|us[-_]ascii|cp12\d\d|windows[-_]12\d\d|gbk|gb2312|gb18030|big5|euc[-_]\w+|shift[-_]?jis|koi8[-_]\w|macroman)(?:[-_]\w+)?$/i;
/** Of a `.pth` file Python runs the lines that begin like this, whenever it starts; the others are paths. */
const STARTS = /^import[ \t]/m;
/** Longer code is generated; its tokens would take too much memory. */
const MOST = 2 << 20;
/** Controls that turn the direction of text around. */
const BIDI = /[\u202a-\u202e\u2066-\u2069]/;

function match({ head, text, name, extension }: Probe): 'likely' | false {
  if (!isText(head)) return false;
  if (EXTENSIONS.has(extension)) return 'likely';
  if (extension === '.pth') return STARTS.test(text) ? 'likely' : false;
  if (SHEBANG.test(text)) return 'likely';
  return !OTHERS.test(name) && OPENING.test(text) ? 'likely' : false;
}

export const python: Format = {
  id: 'python',
  match,
  scan(source, look) {
    const whole = readText(source, look, MOST);
    const text = look.name.endsWith('.pth') ? whole.replace(/^(?!import[ \t]).+$/gm, '') : whole;
    const coding = text
      .split('\n', 2)
      .map((line) => CODING.exec(line)?.[1])
      .find((each) => each !== undefined);
    if (coding !== undefined && !ORDINARY.test(coding)) {
      look.report('python.encoding', {
        message: `declares the encoding ${coding}: Python reads another text than is seen`,
        line: 1,
      });
    }
    const turned = BIDI.exec(text);
    if (turned !== null) {
      const line = text.slice(0, turned.index).split('\n').length;
      look.report('python.bidi', { message: 'turns the direction of text around with invisible characters', line });
    }
    analysePython([text], look, { name: look.name });
    reportSecrets(text, look, undefined, true);
  },
};
