// Every format there is. Order matters only among those without a magic number: the first that is likely looks.
import type { Format } from '../format.ts';

import { catboost } from './boosting/catboost.ts';
import { lightgbm } from './boosting/lightgbm.ts';
import { xgboost } from './boosting/xgboost.ts';
import { msgpack } from './flax/msgpack.ts';
import { hdf5 } from './hdf5/hdf5.ts';
import { json } from './json/json.ts';
import { lfsPointer } from './lfs-pointer.ts';
import { rds } from './rds/rds.ts';
import { yaml } from './yaml/yaml.ts';

export const FORMATS: readonly Format[] = [lfsPointer, hdf5, rds, catboost, lightgbm, xgboost, msgpack, json, yaml];
