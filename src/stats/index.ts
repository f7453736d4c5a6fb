// The door of the room: intervals and measures over what was counted.
export { clopperPearsonLower, fairCoinChance, normalQuantile } from './clopper-pearson.ts';
export { type Interval, fewestTrials, wilson } from './interval.ts';
export { type Difference, chiSquaredTail, jensenShannon, kolmogorovSmirnov, psi } from './drift.ts';
export { type Sketch, addSketch, alignSketches, newSketch, sketchSize, sketchValue } from './sketch.ts';
