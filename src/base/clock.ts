// Time as a dependency, so that what depends on it (expiry, budget windows) can be tested without waiting.

/** Milliseconds since the epoch. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
