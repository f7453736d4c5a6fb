// The door to what nodes forward.
export { createNodeFront } from './front.ts';
export { type EnrolledNode, Intake, type IntakeSettings } from './intake.ts';
export { StreamBook } from './stream-book.ts';
