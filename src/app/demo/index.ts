// The demo: a story against a real server.
export { type Act, playDemo } from './story.ts';
export { writeStage } from './stage.ts';
