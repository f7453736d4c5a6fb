// The door of the classifier within the room: a trained model, what it finds, and what of a text spoke for it.
export { Classifier } from './classifier.ts';
export { LEAST_SCORE, type Thresholds, explainTold, tellWindows, toFinding } from './learned.ts';
export { parseModel } from './model.ts';
