// Asks for results: the HTML that the page of results shows, so that results look the same however they are asked for.

import { ROOT } from "./root.js";
import { toParams } from "./search-state.js";

// The site answers within a second whatever happens to search behind it; beyond this the network is gone.
const DEADLINE_MS = 5000;
const KEPT_ANSWERS = 30;

export class Refused extends Error {}

// The site is busy, or this address asks more often than it allows: ask again after ``delay_ms``.
export class Busy extends Error {
  constructor(response) {
    super(String(response.status));
    this.delay_ms = 1000 * (Number(response.headers.get("Retry-After")) || 1);
  }
}

const answers = new Map();

// The nodes of the results; with ``isBrief`` those that a dialog shows. Raises AbortError when ``signal`` says so, Refused
// with the problem of the query, Busy, and anything else when the site could not be reached.
export async function ask(state, { isPartial, isBrief }, signal) {
  const params = toParams(state);
  if (isPartial) params.set("partial", "1");
  if (isBrief) params.set("brief", "1");
  const key = params.toString();
  if (!answers.has(key)) {
    if ("static" in document.body.dataset) {
      keep(key, await askHere(toParams(state), isPartial));
      return answers.get(key).map((node) => node.cloneNode(true));
    }
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    const response = await fetch(`${ROOT}api/results?${key}`, { signal: limit, headers: { Accept: "text/html" } });
    if (response.status === 400) throw new Refused((await response.json()).detail);
    if (response.status === 429 || response.status === 503) throw new Busy(response);
    if (!response.ok) throw new Error(`${response.status}`);
    const nodes = parsed(await response.text());
    // Results without full-text search hold only until search is back.
    if (nodes.some((node) => node.querySelector(".notice-degraded"))) return nodes;
    keep(key, nodes);
  }
  return answers.get(key).map((node) => node.cloneNode(true));
}

// A copy of the site without a service answers by itself; its code is loaded with the first question.
async function askHere(params, isPartial) {
  const here = await import("./local-search/ask.js");
  try {
    return await here.askHere(params, isPartial);
  } catch (error) {
    if (error instanceof here.Refusal) throw new Refused(error.message);
    throw error;
  }
}

function parsed(html) {
  // An inert document: nothing in it runs or loads.
  return [...new DOMParser().parseFromString(html, "text/html").body.children];
}

function keep(key, nodes) {
  answers.set(key, nodes);
  if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value);
}

// Another page of this site as an inert document.
export async function parsedPage(url) {
  const response = await fetch(url, { headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}

// Tells the site the words and the rank of a hit that is opened, and nothing else; only where the operator counts that, and
// never for a reader whose browser asks not to be counted.
export function reportOpened(state, rank) {
  const isRefused = navigator.globalPrivacyControl || navigator.doNotTrack === "1";
  if (isRefused || !rank || !("reportsOpened" in document.body.dataset)) return;
  navigator.sendBeacon?.(`${ROOT}api/opened`, new URLSearchParams({ q: state.text.trim(), rank }));
}
