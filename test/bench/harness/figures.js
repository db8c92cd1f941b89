import { median, summarize } from './statistics.js';

const digits = (value) => {
  const size = Math.abs(value);
  if (size >= 100) return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
  return value.toFixed(size >= 10 ? 1 : 2);
};

/** Measurements as they are shown: median, and where four fifths of them lie. */
export const figure = (values, unit) => {
  const { median: middle, low, high } = summarize(values);
  const spread = values.length > 2 ? ` (${digits(low)} – ${digits(high)})` : '';
  return `${digits(middle)} ${unit}${spread}`;
};

/** How much of another's time it takes, round by round. */
export const beside = (ratios, whom) => figure(ratios, `× ${whom}`);

export const plain = digits;

/**
 * A target: what is to be reached, and what a figure has come to.
 * @param text as it stands in the table
 * @param why shown where it is missed: what stands in the way
 */
export const atMost = (limit, text, why) => ({
  text,
  why,
  judge: (value) => (value <= limit ? 'met' : `**missed** by ${shareOf(value - limit, limit)}`),
});

export const atLeast = (limit, text, why) => ({
  text,
  why,
  judge: (value) => (value >= limit ? 'met' : `**missed** by ${shareOf(limit - value, limit)}`),
});

const shareOf = (gap, limit) => (limit === 0 ? digits(gap) : `${Math.ceil((gap / limit) * 100)} %`);

/**
 * A line of a table.
 * @param fields `what` is measured, of which `contender`, its `figure`, what it is `beside`; with `target` and `value` a verdict is reached
 */
export const line = ({ what, contender, figure: shown, beside: ratio = '', target, value }) => {
  const verdict = target?.judge(typeof value === 'object' ? median(value) : value) ?? '';
  return { what, contender, figure: shown, beside: ratio, target: target?.text ?? '', verdict, why: target?.why };
};

export const isMissed = ({ verdict }) => verdict.startsWith('**missed**');
