// "P95 latency": histogram_quantile of the sample, over a service whose requests all take 90 to 120 ms.

import { control } from "./figure.js";

const [FASTEST, SLOWEST] = [90, 120];
const [LEFT, RIGHT, TOP, BOTTOM] = [76, 610, 44, 290];
const [WIDEST, DENSEST] = [260, 0.036];

/** As the article's function of this name: bounds and cumulative counts, the last of them of the +Inf bucket. */
export function histogramQuantile(q, bounds, cumulative) {
  const rank = q * cumulative.at(-1);
  for (let i = 0; i < bounds.length; i += 1) {
    if (cumulative[i] < rank) continue;
    const [lower, below] = i > 0 ? [bounds[i - 1], cumulative[i - 1]] : [0, 0];
    return lower + ((bounds[i] - lower) * (rank - below)) / (cumulative[i] - below);
  }
  return bounds.at(-1);
}

/** Share of the requests that are at most this slow. */
export const share = (ms) => Math.min(Math.max((ms - FASTEST) / (SLOWEST - FASTEST), 0), 1);

export const estimate = (q, bounds) => histogramQuantile(q, bounds, [...bounds.map(share), 1]);

const across = (ms) => LEFT + (ms / WIDEST) * (RIGHT - LEFT);
const up = (density) => BOTTOM - (density / DENSEST) * (BOTTOM - TOP);

/** The outline of what the histogram remembers: its buckets as bars. */
export function outline(bounds) {
  let [d, lower] = [`M${across(0).toFixed(1)} ${BOTTOM}`, 0];
  for (const bound of bounds) {
    const height = up((share(bound) - share(lower)) / (bound - lower)).toFixed(1);
    d += `L${across(lower).toFixed(1)} ${height}L${across(bound).toFixed(1)} ${height}`;
    lower = bound;
  }
  return `${d}L${across(lower).toFixed(1)} ${BOTTOM}`;
}

export function show(figure) {
  const fields = [
    { name: "bound", label: "Bound above 100 ms", value: 250, min: 105, max: 250, step: 5, unit: " ms" },
    { name: "q", label: "Percentile", value: 95, min: 50, max: 99, unit: "th" },
  ];
  control(figure, fields, ({ bound, q }) => {
    const bounds = [50, 100, bound, 500];
    const [found, truth] = [estimate(q / 100, bounds), FASTEST + (SLOWEST - FASTEST) * (q / 100)];
    figure.querySelector(".fg-outline").setAttribute("d", outline([50, 100, bound]));
    for (const [name, ms] of [["estimate", found], ["truth", truth]]) {
      const at = across(Math.min(ms, WIDEST)).toFixed(1);
      figure.querySelector(`.fg-${name}`).setAttribute("d", `M${at} ${TOP}L${at} ${BOTTOM}`);
      figure.querySelector(`.fg-${name}-label`).setAttribute("visibility", "hidden");
    }
    const off = Math.abs(found / truth - 1) * 100;
    return `True p${q} ${truth.toFixed(1)} ms (dashed), estimated ${found.toFixed(1)} ms (solid), off by ${off.toFixed(0)} %.`;
  });
}
