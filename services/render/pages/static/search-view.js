// Answers as nodes. Text arrives as [text, isMatch] pairs and becomes text nodes: nothing here is ever parsed as HTML.

import { el } from "./element.js";
import { activeFilters, facets, sorting } from "./search-filters.js";
import { MAX_SIZE, PAGE_SIZE, address, change, parseState } from "./search-state.js";

export function plural(count) {
  return count === 1 ? "1 article" : `${count} articles`;
}

const marked = (pieces) => pieces.map(([text, isMatch]) => (isMatch ? el("mark", {}, text) : text));

function byline(hit) {
  const parts = [];
  if (hit.published) {
    const day = new Date(`${hit.published}T00:00:00Z`);
    const text = day.toLocaleDateString("en-GB", { dateStyle: "long", timeZone: "UTC" });
    parts.push(el("time", { datetime: hit.published }, text));
  }
  parts.push(el("span", {}, `${hit.reading_minutes} min read`));
  if (hit.series) parts.push(el("span", {}, `Series: ${hit.series}`));
  return el("span", { class: "byline" }, ...parts);
}

function option(id, url, attributes, ...children) {
  return el(
    "a",
    { id, href: url, role: "option", "aria-selected": "false", tabindex: "-1", ...attributes },
    ...children,
  );
}

function section(id, hitSection) {
  const snippet = el(
    "span",
    { class: hitSection.is_code ? "snippet snippet-code" : "snippet" },
    ...marked(hitSection.snippet),
  );
  return option(
    id,
    hitSection.url,
    { class: "option option-section" },
    el("span", { class: "option-heading" }, hitSection.heading),
    snippet,
  );
}

// One article and its sections: a group of options. The text before the first heading belongs to the article's own option.
function group(prefix, hit) {
  const opening = hit.sections.find((one) => !one.anchor);
  const text = opening
    ? el("span", { class: "snippet" }, ...marked(opening.snippet))
    : el("span", { class: "hit-summary" }, hit.summary);
  const title = el("span", { class: "option-title", id: `${prefix}-title` }, ...marked(hit.title));
  const isShort = hit.sections.length > 0 && !opening;
  return el(
    "div",
    { class: "group", role: "group", "aria-labelledby": `${prefix}-title` },
    option(prefix, hit.url, { class: "option" }, title, byline(hit), isShort ? null : text),
    ...hit.sections.filter((one) => one.anchor).map((one, at) => section(`${prefix}-${at}`, one)),
  );
}

export function optionList(name, hits) {
  const groups = hits.map((hit, at) => group(`${name}-${at}`, hit));
  return el("div", { class: "options", id: `${name}-options`, role: "listbox", "aria-label": "Results" }, ...groups);
}

export function notice(...children) {
  return el("p", { class: "notice" }, ...children);
}

function correction(state, found) {
  if (found.correction) {
    const { original, text } = found.correction;
    const back = el(
      "a",
      { href: address(change(state, { exact: true })), "data-key": "exact" },
      "Search instead for ",
      el("q", {}, original),
    );
    return notice("Showing results for ", el("strong", {}, text), ". ", back);
  }
  if (found.matched === "some" && found.hits.length)
    return notice("Not every article here has all of these words. Those that do come first.");
  return null;
}

function more(state, found) {
  const shown = (state.page - 1) * state.size + found.hits.length;
  const pages = Math.ceil(found.total / state.size);
  if (pages < 2 || !found.hits.length) return null;
  if (state.page === 1 && state.size < MAX_SIZE) {
    const url = address({ ...state, size: Math.min(MAX_SIZE, state.size + PAGE_SIZE) });
    return el(
      "p",
      {},
      el("a", { class: "more", href: url, "data-key": "more" }, `More results (${found.total - shown})`),
    );
  }
  const turn = (page, text) =>
    page >= 1 && page <= pages ? el("a", { class: "more", href: address({ ...state, page }), "data-key": text }, text) : null;
  return el(
    "p",
    { class: "turn" },
    turn(state.page - 1, "Previous page"),
    el("span", {}, `Page ${state.page} of ${pages}`),
    turn(state.page + 1, "Next page"),
  );
}

// Everything below the box for one answer. ``isCompact`` is the dialog: results alone, the rest is on the page of results.
export function resultNodes(name, state, found, { isCompact, isOpen }) {
  const order = !isCompact && found.total > 1 ? sorting(state, found) : null;
  const nodes = [correction(state, found)];
  if (!isCompact) nodes.push(activeFilters(state, found));
  if (found.total)
    nodes.push(el("div", { class: "results-head" }, el("p", { class: "result-count" }, plural(found.total)), order));
  if (!isCompact) nodes.push(facets(state, found, isOpen));
  nodes.push(optionList(name, found.hits));
  if (!isCompact) nodes.push(more(state, found));
  else if (found.total)
    nodes.push(el("p", {}, el("a", { href: address(state), "data-page": true }, "All results, with filters")));
  return nodes.filter(Boolean);
}

export function recentNodes(name, texts) {
  const options = texts.map((text, at) =>
    option(
      `${name}-recent-${at}`,
      address(change(parseState(""), { text })),
      { class: "option", "data-recent": text },
      text,
    ),
  );
  return [
    el("div", { id: `${name}-options`, role: "listbox", "aria-label": "Recent searches" }, ...options),
    el(
      "p",
      { class: "recent-foot" },
      "Recent searches, kept on this device only",
      el(
        "button",
        { class: "link-button", type: "button", "data-forget": true, "aria-label": "Clear recent searches" },
        "Clear",
      ),
    ),
  ];
}
