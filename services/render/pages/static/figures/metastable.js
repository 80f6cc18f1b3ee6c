// "Resilience": the sample metastable.py, and its plot.

import { control, path } from "./figure.js";

const [CAPACITY, OFFERED] = [10, 8];
const X = { low: 0, high: 60 };
const Y = { low: 0, high: 100 };

/** Useful answers in each tick of 100 ms. `budget` is a share of the traffic, or null. */
export function simulate({ attempts, budget = null, dropExpired = false, timeout = 10, stall = 50, ticks = 600 }) {
  const [queue, timers, good] = [[], new Map(), new Array(ticks).fill(0)];
  let [head, tokens] = [0, 0];
  for (let now = 0; now < ticks; now += 1) {
    const sends = new Array(OFFERED).fill(1);
    if (budget !== null) tokens = Math.min(tokens + OFFERED * budget, 10);
    for (const request of timers.get(now) ?? []) {
      if (request.answered || request.attempt >= attempts) continue;
      if (budget !== null) {
        if (tokens < 1) continue;
        tokens -= 1;
      }
      sends.push(request.attempt + 1);
    }
    timers.delete(now);
    for (const attempt of sends) {
      const request = { sent: now, attempt, answered: false };
      queue.push(request);
      if (!timers.has(now + timeout)) timers.set(now + timeout, []);
      timers.get(now + timeout).push(request);
    }
    let room = now >= 100 && now < 100 + stall ? 0 : CAPACITY;
    while (room > 0 && head < queue.length) {
      const request = queue[head];
      head += 1;
      const expired = now - request.sent >= timeout;
      if (expired && dropExpired) continue;
      room -= 1;
      if (expired) continue;
      request.answered = true;
      good[now] += 1;
    }
  }
  return good;
}

/** Useful answers per second. */
export function perSecond(good) {
  const found = [];
  for (let i = 0; i < good.length; i += 10) found.push(good.slice(i, i + 10).reduce((a, b) => a + b, 0));
  return found;
}

export const drawn = (options) => path([...perSecond(simulate(options)).entries()], X, Y);

export function show(figure) {
  const fields = [
    { name: "attempts", label: "Attempts", value: 3, min: 1, max: 5 },
    { name: "budget", label: "Retry budget", value: "", options: { "": "none", 0.05: "5 %", 0.1: "10 %", 0.2: "20 %" } },
    { name: "drop", label: "Expired work", value: "", options: { "": "served anyway", 1: "dropped by the server" } },
    { name: "timeout", label: "Client's timeout", value: 1, min: 0.5, max: 5, step: 0.5, unit: " s" },
    { name: "stall", label: "Stall", value: 5, min: 0, max: 10, step: 0.5, unit: " s" },
  ];
  control(figure, fields, ({ attempts, budget, drop, timeout, stall }) => {
    const options = {
      attempts,
      budget: budget === "" ? null : Number(budget),
      dropExpired: drop !== "",
      timeout: timeout * 10,
      stall: stall * 10,
    };
    const useful = perSecond(simulate(options));
    figure.querySelectorAll(".fg-curve").forEach((shape, n) => {
      if (n === 0) shape.setAttribute("d", path([...useful.entries()], X, Y));
      else shape.setAttribute("visibility", "hidden");
    });
    for (const label of figure.querySelectorAll(".fg-label")) label.setAttribute("visibility", "hidden");
    const end = 10 + stall;
    const back = useful.findIndex((value, second) => second >= end && value >= 72);
    if (useful.slice(10).every((value) => value >= 72)) return "The service never falls below 90 % of what is asked.";
    return back < 0
      ? "It has not come back at the end of the minute."
      : `Back to 90 % of what is asked ${(back - end).toFixed(0)} s after the stall.`;
  });
}
