// The searches that this device remembers, and what an empty box shows: them, and what can be typed.

import { el } from "./element.js";
import { address, parseState, withText } from "./search-state.js";
import { WORDS } from "./search-words.js";

const RECENT_KEY = "recent-searches";
const MAX_RECENT = 6;

function recentSearches() {
  try {
    const stored = JSON.parse(localStorage.getItem(RECENT_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((text) => typeof text === "string").slice(0, MAX_RECENT) : [];
  } catch {
    return [];
  }
}

export function remember(text) {
  const words = text.trim();
  if (!words) return;
  store([words, ...recentSearches().filter((one) => one !== words)].slice(0, MAX_RECENT));
}

export function forgetSearches() {
  store([]);
}

function store(texts) {
  try {
    if (texts.length) localStorage.setItem(RECENT_KEY, JSON.stringify(texts));
    else localStorage.removeItem(RECENT_KEY);
  } catch {
    // Storage is disabled: nothing is remembered.
  }
}

export function recentNodes() {
  const texts = recentSearches();
  if (!texts.length) return [];
  const link = (text) =>
    el("li", {}, el("a", { href: address(withText(parseState(""), text)), "data-recent": text }, text));
  const clear = { class: "link-button", type: "button", "data-forget": true, "aria-label": WORDS.clearRecent };
  const head = el("p", { class: "recent-head" }, WORDS.recent, el("button", clear, WORDS.clear));
  return [el("ul", { class: "recent-list" }, ...texts.map(link)), head];
}

export function hintNodes() {
  const entries = WORDS.hints.flatMap(([typed, means]) => [el("dt", {}, typed), el("dd", {}, means)]);
  return [el("div", { class: "hints" }, el("dl", {}, ...entries))];
}
