// How weights follow their gradients.

export interface Optimiser {
  /** Changes the weights in place. `key` tells one tensor from another. */
  step(key: string, weights: Float32Array, gradient: Float32Array): void;
}

/** Stochastic gradient descent with momentum (Sutskever et al. 2013), and weights that decay. */
export function sgd({ rate = 0.05, momentum = 0.9, decay = 0 } = {}): Optimiser {
  const speeds = new Map<string, Float32Array>();
  return {
    step(key, weights, gradient) {
      const speed = speeds.get(key) ?? new Float32Array(weights.length);
      speeds.set(key, speed);
      for (let i = 0; i < weights.length; i++) {
        speed[i] = momentum * speed[i]! + gradient[i]! + decay * weights[i]!;
        weights[i]! -= rate * speed[i]!;
      }
    },
  };
}

/** Adam (Kingma and Ba 2015). */
export function adam({ rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = {}): Optimiser {
  const states = new Map<string, { first: Float32Array; second: Float32Array; steps: number }>();
  return {
    step(key, weights, gradient) {
      const state = states.get(key) ?? {
        first: new Float32Array(weights.length),
        second: new Float32Array(weights.length),
        steps: 0,
      };
      states.set(key, state);
      state.steps++;
      const { first, second, steps } = state;
      const correction = (rate * Math.sqrt(1 - beta2 ** steps)) / (1 - beta1 ** steps);
      for (let i = 0; i < weights.length; i++) {
        const g = gradient[i]!;
        first[i] = beta1 * first[i]! + (1 - beta1) * g;
        second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
        weights[i]! -= (correction * first[i]!) / (Math.sqrt(second[i]!) + epsilon);
      }
    },
  };
}
