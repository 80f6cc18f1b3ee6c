// "From YAML to the kernel": the sample throttling.py, and its plot.

import { control, path } from "./figure.js";
import { PythonRandom } from "./random.js";

const PERIOD = 100;
const X = { low: 500, high: 2000 };
const Y = { low: 1, high: 1000, log: true };

/** Requests of two minutes, ten a second: when each arrives, in ms. */
export function arrivals() {
  const random = new PythonRandom(7);
  const found = [];
  let clock = 0;
  while (clock < 120_000) {
    clock += random.expovariate(10 / 1000);
    found.push(Math.floor(clock));
  }
  return found;
}

/** Latencies in ms, sorted, of requests that each want `threads` × `work` ms of CPU under a limit in millicores. */
export function serve(arrived, limit, threads, work, cpus = 8) {
  const quota = Math.floor((limit * PERIOD) / 1000);
  const [left, latencies] = [[], []];
  let [ready, head, now, used, index] = [[], 0, 0, 0, 0];
  while (index < arrived.length || head < ready.length) {
    if (now % PERIOD === 0) used = 0;
    while (index < arrived.length && arrived[index] <= now) {
      left[index] = threads;
      for (let n = 0; n < threads; n += 1) ready.push([index, work]);
      index += 1;
    }
    const batch = ready.slice(head, head + Math.min(cpus, quota - used));
    head += batch.length;
    used += batch.length;
    now += 1;
    for (const task of batch) {
      task[1] -= 1;
      if (task[1] > 0) ready.push(task);
      else if ((left[task[0]] -= 1) === 0) latencies.push(now - arrived[task[0]]);
    }
    if (head > 10_000) [ready, head] = [ready.slice(head), 0];
  }
  return latencies.sort((a, b) => a - b);
}

/** Points of the two curves, P95 and median, by limit. */
export function curves(threads, work) {
  const arrived = arrivals();
  const found = [[], []];
  for (let limit = X.low; limit <= X.high; limit += 100) {
    const ms = serve(arrived, limit, threads, work);
    found[0].push([limit, ms[Math.floor((ms.length * 95) / 100)]]);
    found[1].push([limit, ms[Math.floor(ms.length / 2)]]);
  }
  return found;
}

export const drawn = (threads, work) => curves(threads, work).map((points) => path(points, X, Y));

export function show(figure) {
  const fields = [
    { name: "threads", label: "Threads per request", value: 8, min: 1, max: 16 },
    { name: "work", label: "CPU time of each", value: 5, min: 1, max: 10, unit: " ms" },
  ];
  control(figure, fields, ({ threads, work }) => {
    const found = curves(threads, work);
    const shapes = figure.querySelectorAll(".fg-curve");
    found.forEach((points, n) => shapes[n].setAttribute("d", path(points, X, Y)));
    for (const label of figure.querySelectorAll(".fg-label")) label.setAttribute("visibility", "hidden");
    const flat = found[0].find(([, p95]) => p95 <= 2 * found[0].at(-1)[1])?.[0];
    const use = threads * work * 10;
    return `Average use ${use.toLocaleString("en")}m. P95 (solid) comes within twice its best at a limit of ${flat}m, ${(flat / use).toFixed(1)} times the use.`;
  });
}
