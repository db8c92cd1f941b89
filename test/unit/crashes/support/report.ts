import type { Explored } from './explore.js';

/**
 * So long after a crash another process has a usable credential at the latest: one lease (12 s), one look at it (1 s here),
 * and what HighLevel's own delays in a flow add.
 */
export const RESCUED_WITHIN_MS = 16_000;

let tried = 0;
let lost = 0;
let slowestMs = 0;

/** Says how much was tried. */
export function report(what: string): void {
  process.stdout.write(`${what}: ${tried} tried, ${lost} lost, rescued after ${slowestMs} ms at the latest\n`);
}

report.add = (explored: Explored): void => {
  tried += explored.tried;
  lost += explored.lost;
  slowestMs = Math.max(slowestMs, explored.slowestMs);
};
