// What is searched: words, and the other parameters of an address as the server wrote them. It touches no page.

import { ROOT } from "./root.js";

// The parameters that make an address a search; a campaign's mark is none.
const NAMES = document.body.dataset.searchNames.split(" ");
// These belong to one answer: other words begin at the first page again.
const OF_AN_ANSWER = ["page", "size", "exact"];

export function parseState(query) {
  const given = new URLSearchParams(query);
  const kept = [...given].filter(([name, value]) => name !== "q" && value && [...NAMES, ...OF_AN_ANSWER].includes(name));
  return { text: given.get("q") ?? "", kept };
}

// The same search for other words.
export function withText(state, text) {
  return { text, kept: state.kept.filter(([name]) => !OF_AN_ANSWER.includes(name)) };
}

export function toParams(state) {
  const params = new URLSearchParams();
  if (state.text.trim()) params.set("q", state.text.trim());
  for (const [name, value] of state.kept) params.append(name, value);
  return params;
}

export function address(state) {
  const query = toParams(state).toString();
  return query ? `${ROOT}?${query}` : ROOT;
}

export function isSearch(state) {
  return Boolean(state.text.trim() || state.kept.some(([name]) => NAMES.includes(name)));
}
