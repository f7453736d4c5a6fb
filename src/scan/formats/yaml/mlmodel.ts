// MLflow's MLmodel: the module that MLflow imports for a flavour, and the paths that it reads below the model's folder.
import type { JsonTree } from '../../../reader/index.ts';
import type { Look } from '../../format.ts';
import { entries, has, member, text, walk } from '../json/access.ts';
import { escapes } from '../path.ts';
import { gradeName, severityOf, whatItDoes } from '../python-name.ts';

/** Members of a flavour that are paths within the model. Addresses of where an artifact once came from are none. */
const PATHS = new Set(
  'model_path data code path model_data pickled_model model_binary saved_model_dir model_file state_dict code_paths python_model components tokenizer checkpoint conda virtualenv env requirements_file config extra_files input_example artifact_path saved_input_example_info model_class'.split(
    ' ',
  ),
);
/** Modules of MLflow that load a model. */
const LOADERS = /^mlflow\.(?!utils|server|store|tracking|projects|cli|azure|sagemaker|deployments)[\w.]+$/;

export const isMlmodel = (top: JsonTree): boolean =>
  has(top, 'flavors') &&
  (has(member(top, 'flavors'), 'python_function') ||
    entries(top).some(([name]) => /^(?:artifact_path|mlflow_version|model_uuid|run_id|utc_time_created)$/.test(name)));

export function lookAtMlmodel(top: JsonTree, look: Look): void {
  const flavors = member(top, 'flavors');
  for (const [flavor, each] of entries(flavors)) {
    const loader = text(each, 'loader_module');
    if (loader === undefined || LOADERS.test(loader)) continue;
    const grade = gradeName(loader);
    const acts = grade.level === 'acts' || grade.level === 'core' || grade.level === 'harmless';
    look.report('yaml.loader-module', {
      message: `MLflow imports ${loader} to load the flavour ${flavor}${acts ? `, which ${whatItDoes(grade)}` : '; it is no module of MLflow'}`,
      severity: acts ? (severityOf(grade) === 'critical' ? 'critical' : 'high') : 'medium',
      capability: 'import',
    });
  }
  walk(flavors ?? null, look.budget, {
    text(value, name, at) {
      if (!PATHS.has(name) || escapes(value) === undefined) return;
      look.report('yaml.path', {
        message: `MLflow reads ${JSON.stringify(value)} as the ${name} of the model, outside of its folder`,
        capability: 'file',
        offset: at,
      });
    },
  });
}
