// The console's one door to the product: the contract, and nothing beside it.
import './app/jitless.ts';

export * from '../../src/contract/index.ts';
