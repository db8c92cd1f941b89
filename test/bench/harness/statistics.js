/** The value below which a part of the values lies. */
export function quantile(values, part) {
  const sorted = Float64Array.from(values).sort();
  const at = (sorted.length - 1) * part;
  const below = Math.floor(at);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  return low + (high - low) * (at - below);
}

export const median = (values) => quantile(values, 0.5);

/** What is shown of many measurements: the median, and where four fifths of them lie. */
export const summarize = (values) => ({
  median: median(values),
  low: quantile(values, 0.1),
  high: quantile(values, 0.9),
});

/** Round by round, so that what the machine did meanwhile weighs on both alike. */
export const ratios = (values, references) => values.map((value, round) => value / references[round]);

export const differences = (values, references) => values.map((value, round) => value - references[round]);

/** The same list, another one first each round: nobody always runs after the same neighbour. */
export const rotated = (list, round) => list.map((_, index) => list[(index + round) % list.length]);
