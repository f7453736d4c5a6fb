// The door of the room: views of texts, and the detectors that judge them.
export { type DetectContext, type Detector } from './detector.ts';
export { maskEvidence, type MaskOptions } from './evidence.ts';
export { createView, type Layer, type TextView } from './view.ts';
