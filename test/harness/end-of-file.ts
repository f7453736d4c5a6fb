// Runs for each test file, also where several share their modules: what a file started ends with it.
import { afterAll } from 'vitest';
import { endAll } from './cleanup.ts';

afterAll(endAll);
