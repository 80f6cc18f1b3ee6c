// Asks for answers: from the search service, else from the page of results, which the site makes without it.

import { address, toParams } from "./search-state.js";

// The site answers within a second whatever happens to search behind it; beyond this the network is gone.
const DEADLINE_MS = 5000;
const KEPT_ANSWERS = 30;

export class Refused extends Error {}

const answers = new Map();

// The answer as {found} or, where full-text search is away, {page}: the nodes of the page of results. Raises AbortError when
// ``signal`` says so, Refused with what is wrong with the question, and anything else when nobody could be reached.
export async function ask(state, isPartial, signal) {
  const params = toParams(state);
  if (isPartial) params.set("partial", "1");
  const key = params.toString();
  if (answers.has(key)) return { found: answers.get(key) };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const response = await fetch(`/api/search?${key}`, { signal: limit, headers: { Accept: "application/json" } });
  if (response.ok) {
    const found = await response.json();
    keep(key, found);
    return { found };
  }
  if (response.status === 400) throw new Refused((await response.json()).detail);
  return { page: await pageOfResults(state, limit) };
}

function keep(key, found) {
  answers.set(key, found);
  if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value);
}

async function pageOfResults(state, signal) {
  const page = await parsedPage(address(state), signal);
  return [...page.querySelector("[data-search-results]").children];
}

// What the page of results says when nothing was found: titles and tags that are like the question.
export async function helpWithNothing(state, signal) {
  const page = await parsedPage(address(state), signal);
  return page.querySelector(".no-results");
}

// Another page of this site as an inert document: nothing in it runs or loads.
export async function parsedPage(url, signal) {
  const response = await fetch(url, { signal, headers: { Accept: "text/html" } });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return new DOMParser().parseFromString(await response.text(), "text/html");
}
