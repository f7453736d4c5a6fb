// A classifier of penguins, trained here, that takes rows in their own units: millimetres, grams, an island and a sex of which each row
// has one. What it is attacked with must be a penguin that could exist.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { denseNet } from '../src/lab/nets.ts';
import { Builder, FLOAT, type Model, adam, openTrainer } from '../src/onnx/index.ts';

const FILE = join(import.meta.dirname, '../test/fixtures/penguins/penguins.csv');
const ISLANDS = ['Biscoe', 'Dream', 'Torgersen'];
const SEXES = ['female', 'male'];
const MEASURED = ['beak_length_mm', 'beak_depth_mm', 'flipper_length_mm', 'body_mass_g'];
const SPECIES = ['Adelie', 'Chinstrap', 'Gentoo'];
const COLUMNS = [...MEASURED, ...ISLANDS, ...SEXES];

/** The least and greatest that were measured; lengths of flippers and masses are whole; the sex is not the attacker's to change. */
export const PENGUIN_CONSTRAINTS = `columns:
  beak_length_mm: { min: 32, max: 60 }
  beak_depth_mm: { min: 13, max: 22 }
  flipper_length_mm: { integer: true, min: 170, max: 235 }
  body_mass_g: { integer: true, min: 2700, max: 6300 }
  female: { immutable: true }
  male: { immutable: true }
oneHot: [[Biscoe, Dream, Torgersen], [female, male]]
maxChanged: 2
`;

interface Penguin {
  readonly row: readonly number[];
  readonly species: number;
}

/** In another order, the same for the same chance. @param random - uniform in [0, 1) */
export function loadPenguins(random: () => number): Penguin[] {
  const lines = readFileSync(FILE, 'utf8').trim().split('\n').slice(1);
  const penguins = lines.map((line): Penguin => {
    const cells = line.split(',');
    const [species, island] = cells;
    const one = (names: readonly string[], name: string | undefined): number[] =>
      names.map((each) => (each === name ? 1 : 0));
    const row = [...cells.slice(2, 6).map(Number), ...one(ISLANDS, island), ...one(SEXES, cells[6])];
    return { row, species: SPECIES.indexOf(species!) };
  });
  for (let i = penguins.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [penguins[i], penguins[j]] = [penguins[j]!, penguins[i]!];
  }
  return penguins;
}

/** As the lab reads tables: a heading, and the species as words. */
export function toCsv(penguins: readonly Penguin[]): string {
  const lines = penguins.map(({ row, species }) => [SPECIES[species], ...row].join(','));
  return `${[`species,${COLUMNS.join(',')}`, ...lines].join('\n')}\n`;
}

/** Mean and deviation of each column. */
function spreadOf(rows: readonly (readonly number[])[]): { mean: number[]; deviation: number[] } {
  const mean = COLUMNS.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
  const deviation = COLUMNS.map((_, j) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[j]! - mean[j]!) ** 2, 0) / rows.length),
  );
  return { mean, deviation };
}

/** Puts the scaling into the model, so that it takes rows as they are. */
function withScaling(model: Model, { mean, deviation }: ReturnType<typeof spreadOf>): Model {
  const build = new Builder('s');
  const dims = [1, COLUMNS.length];
  build.add('Div', [build.sub('row', build.floats(mean, dims)), build.floats(deviation, dims)], ['x']);
  const { graph } = model;
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...build.nodes, ...graph.nodes],
      inputs: [{ name: 'row', type: FLOAT, shape: ['n', COLUMNS.length] }],
      initializers: [...graph.initializers, ...build.initializers],
    },
  };
}

export async function trainPenguins(penguins: readonly Penguin[], random: () => number): Promise<Model> {
  const spread = spreadOf(penguins.map(({ row }) => row));
  const { mean, deviation } = spread;
  const x = Float32Array.from(penguins.flatMap(({ row }) => row.map((value, j) => (value - mean[j]!) / deviation[j]!)));
  const rows = Float32Array.from(penguins.flatMap(({ species }) => SPECIES.map((_, k) => (k === species ? 1 : 0))));
  const trainer = await openTrainer({
    model: denseNet(COLUMNS.length, [16], { classes: SPECIES.length, random }),
    ...{ input: 'x', logits: 'logits', classes: SPECIES.length, shape: [COLUMNS.length] },
    optimiser: adam({ rate: 0.01 }),
  });
  for (let epoch = 0; epoch < 150; epoch++) await trainer.step(x, rows);
  return withScaling(trainer.trained(), spread);
}
