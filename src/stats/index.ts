// The door of the room: intervals and measures over what was counted.
export { clopperPearsonLower, fairCoinChance, normalQuantile } from './clopper-pearson.ts';
export { type Interval, fewestTrials, wilson } from './interval.ts';
