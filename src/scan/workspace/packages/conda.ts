// Environments of conda, as MLflow and others keep them beside a model.
import type { Format } from '../../format.ts';
import { isText, lineIndex, readText } from '../text.ts';
import { MOST_YAML, readYaml, valueOf } from '../yaml.ts';
import { type Requirement, reportRequirements, reportSource } from './requirement.ts';
import { parseRequirement } from './requirements-txt.ts';

export const conda: Format = {
  id: 'conda',
  match({ head, text, name }) {
    if (!/(?:^|[-_.])(?:conda|environment|env)(?:[-_.].*)?\.ya?ml$/.test(name) || !isText(head)) return false;
    // Tags make it more than an environment: the format for YAML looks at those.
    return /^dependencies:/m.test(text) && !text.includes('!!python') && !text.includes('tag:yaml') ? 'likely' : false;
  },
  scan(source, look) {
    const text = readText(source, look, MOST_YAML);
    const requirements: Requirement[] = [];
    const toLine = lineIndex(text);
    const lineOf = (entry: string): number => {
      const at = text.indexOf(entry);
      look.budget.step(1 + ((at === -1 ? text.length : at) >> 8));
      return at === -1 ? 1 : toLine(at);
    };
    const [document] = readYaml(text, look).documents;
    const value = document === undefined ? undefined : valueOf(document, look);
    const dependencies = (value as { dependencies?: unknown } | undefined)?.dependencies;
    for (const entry of Array.isArray(dependencies) ? (dependencies as unknown[]) : []) {
      look.budget.step();
      if (typeof entry === 'string') {
        const [name = '', version = ''] = entry.replace(/^[\w.-]+::/, '').split(/[\s=<>]+/, 2);
        // Packages of conda are not those of PyPI; the popular ones have the same names.
        if (name !== 'python' && name !== 'pip') requirements.push({ name, version, line: lineOf(entry) });
      } else if (typeof entry === 'object' && entry !== null && Array.isArray((entry as { pip?: unknown }).pip)) {
        for (const pip of (entry as { pip: unknown[] }).pip) {
          if (typeof pip !== 'string') continue;
          const line = lineOf(pip);
          if (/^--(?:extra-index-url|find-links)/.test(pip)) {
            look.report('packages.extra-index', {
              message: `looks for packages in ${pip.split(/[ =]/)[1] ?? ''} as well`,
              line,
            });
          } else if (/^(?:git\+|https?:)/.test(pip)) reportSource(pip, look, line, 'a package');
          const requirement = pip.startsWith('-') ? undefined : parseRequirement(pip, line);
          if (requirement !== undefined) requirements.push(requirement);
        }
      }
    }
    reportRequirements('pypi', requirements, look, false);
  },
};
