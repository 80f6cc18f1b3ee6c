// "Zero trust": the sample rotation.py, and what an outage of the SPIRE server meets.

import { control } from "./figure.js";
import { PythonRandom } from "./random.js";

const CHECK = 5 / 3600;
const [DAYS, FLEET] = [10, 48];

/** Expiry of the CA that signs at this hour. */
export function authority(now, caTtl) {
  let expires = (caTtl * 2) / 3;
  while (now >= expires - caTtl / 6) expires += caTtl / 2;
  return expires;
}

function leftAtRenewal(life, random, target) {
  if (target >= 24 && life - target >= 12) return target;
  let left = 0.55 * life;
  while (left > (life / 2) * random.uniform(0.9, 1.1)) left -= CHECK;
  return left;
}

/** [life, hours left at renewal] of every SVID of 48 workloads in ten days. */
export function fleet(ttl, caTtl = 24, target = 0) {
  const [random, made] = [new PythonRandom(1), []];
  for (let n = 0; n < FLEET; n += 1) {
    let now = n / 4;
    while (now < n / 4 + DAYS * 24) {
      const life = Math.min(ttl, authority(now, caTtl) - now);
      const left = leftAtRenewal(life, random, target);
      made.push([life, left]);
      now += life - left;
    }
  }
  return made;
}

export function summary(ttl, caTtl, target) {
  const made = fleet(ttl, caTtl, target);
  return {
    perDay: made.length / FLEET / DAYS,
    longest: Math.max(...made.map(([life]) => life)),
    survived: Math.min(...made.map(([, left]) => left)),
  };
}

const words = (hours) => (hours < 2 ? `${(hours * 60).toFixed(0)} minutes` : `${hours.toFixed(1)} hours`);

export function show(figure) {
  const fields = [
    { name: "ttl", label: "SVID", value: 1, options: { 0.25: "15 minutes", 1: "1 hour", 4: "4 hours", 12: "12 hours", 24: "24 hours", 48: "48 hours" } },
    { name: "caTtl", label: "ca_ttl", value: 24, options: { 24: "24 hours", 72: "3 days", 144: "6 days", 288: "12 days" } },
    { name: "target", label: "availability_target", value: 0, options: { 0: "not set", 24: "24 hours", 36: "36 hours" } },
    { name: "outage", label: "Outage of the server", value: 25, min: 5, max: 1440, step: 5, unit: " min" },
  ];
  control(figure, fields, ({ ttl, caTtl, target, outage }) => {
    const [life, goal] = [Number(ttl), Number(target)];
    const made = fleet(life, Number(caTtl), goal);
    const lefts = made.map(([, left]) => left).sort((a, b) => a - b);
    const [worst, longest] = [lefts[0], Math.max(...made.map(([one]) => one))];
    const [from, to] = [lefts.at(-1), worst].map((left) => Math.max(0, 1 - left / longest));
    const bar = figure.querySelector(".fg-window");
    bar.setAttribute("x", (40 + from * 560).toFixed(1));
    bar.setAttribute("width", Math.max(3, (to - from) * 560).toFixed(1));
    figure.querySelector(".fg-outage").setAttribute("d", `M${(40 + to * 560).toFixed(1)} 146L590 146`);
    figure.querySelector(".fg-life").textContent = words(longest);
    figure.querySelector(".fg-renewed").textContent = `renewed with ${words(worst)} to ${words(lefts.at(-1))} left`;
    const ignored = goal >= 24 && life - goal < 12 ? " The target is ignored: it has to be 12 hours less than the SVID's life." : "";
    const verdict = outage / 60 <= worst ? "every workload survives it" : "workloads lose their identity";
    figure.querySelector(".fg-verdict").textContent = `Outage of ${outage} minutes: ${verdict}.`;
    return `${(made.length / FLEET / DAYS).toFixed(1)} certificates a day each. A stolen key is good for up to ${words(longest)}. Worst outage survived: ${words(worst)}.${ignored}`;
  });
}
