// The door of the room: intervals and measures over what was counted.
export { type Interval, fewestTrials, wilson } from './interval.ts';
