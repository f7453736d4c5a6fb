// Which classes a sample might be taken for, likeliest first.

/**
 * @param scores - count x classes
 * @returns count x (classes - 1): of each sample the other classes, by falling score
 */
export function rankedClasses(scores: Float32Array, labels: Int32Array, classes: number): Int32Array {
  const ranks = new Int32Array(labels.length * (classes - 1));
  for (let i = 0; i < labels.length; i++) {
    const others: number[] = [];
    for (let c = 0; c < classes; c++) if (c !== labels[i]) others.push(c);
    others.sort((a, b) => scores[i * classes + b]! - scores[i * classes + a]! || a - b);
    // A label beyond the classes leaves one too many.
    ranks.set(others.slice(0, classes - 1), i * (classes - 1));
  }
  return ranks;
}
