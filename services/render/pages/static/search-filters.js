// Filters and orders as nodes: each is a link to the address that it leads to.

import { el } from "./element.js";
import { address, change } from "./search-state.js";

const SORTS = [
  ["relevance", "Best match"],
  ["newest", "Newest"],
  ["oldest", "Oldest"],
];
const MAX_TAG_CHIPS = 20;

function chip(key, label, count, isOn, url) {
  const counted = count === null ? [] : [el("span", { class: "count" }, String(count))];
  return el(
    "li",
    {},
    el(
      "a",
      { class: isOn ? "chip chip-on" : "chip", href: url, "data-key": key, "aria-current": isOn ? "true" : null },
      label,
      ...counted,
    ),
  );
}

function toggleTag(state, tag) {
  const tags = state.tags.includes(tag) ? state.tags.filter((one) => one !== tag) : [...state.tags, tag];
  return change(state, { tags });
}

function facet(name, heading, chips, isOpen) {
  if (!chips.length) return null;
  return el(
    "details",
    { class: "facet", "data-facet": name, open: isOpen },
    el("summary", { "data-key": `facet ${name}` }, heading),
    el("ul", { class: "chips" }, ...chips),
  );
}

export function facets(state, found, isOpen) {
  const { tags, years, series } = found.facets;
  const gone = state.tags.filter((tag) => !tags.some((one) => one.value === tag)).map((value) => ({ value, count: 0 }));
  const tagChips = [...gone, ...tags.slice(0, MAX_TAG_CHIPS)].map(({ value, count }) =>
    chip(`tag ${value}`, value, count, state.tags.includes(value), address(toggleTag(state, value))),
  );
  const single = (name, counts) =>
    counts.map(({ value, count, label }) => {
      const isOn = String(value) === state[name];
      return chip(
        `${name} ${value}`,
        label || String(value),
        count,
        isOn,
        address(change(state, { [name]: isOn ? "" : String(value) })),
      );
    });
  const groups = [
    facet("tag", "Tags", tagChips, isOpen.tag),
    facet("year", "Years", single("year", years), isOpen.year),
    facet("series", "Series", single("series", series), isOpen.series),
  ].filter(Boolean);
  return groups.length ? el("nav", { class: "facets", "aria-label": "Filters" }, ...groups) : null;
}

// The filters that apply, where they can be taken off even while the groups above are closed.
export function activeFilters(state, found) {
  const name = (value) => found.facets.series.find((one) => one.value === value)?.label ?? value;
  const off = (key, label, changes) =>
    el(
      "li",
      {},
      el(
        "a",
        {
          class: "chip chip-on",
          href: address(change(state, changes)),
          "data-key": `off ${key}`,
          "aria-label": `Remove the filter ${label}`,
        },
        label,
      ),
    );
  const items = state.tags.map((tag) => off(`tag ${tag}`, tag, { tags: state.tags.filter((one) => one !== tag) }));
  if (state.year) items.push(off("year", state.year, { year: "" }));
  if (state.series) items.push(off("series", name(state.series), { series: "" }));
  if (!items.length) return null;
  const clear = el(
    "a",
    { class: "chip chip-clear", href: address(change(state, { tags: [], year: "", series: "" })), "data-key": "clear" },
    "Clear all",
  );
  return el(
    "div",
    { class: "filters-active" },
    el("h2", { class: "visually-hidden" }, "Filters that apply"),
    el("ul", { class: "chips" }, ...items, el("li", {}, clear)),
  );
}

export function sorting(state) {
  const items = SORTS.map(([value, label]) =>
    el(
      "li",
      {},
      el(
        "a",
        {
          href: address(change(state, { sort: value })),
          "data-key": `sort ${value}`,
          "aria-current": value === state.sort ? "true" : null,
        },
        label,
      ),
    ),
  );
  return el("nav", { class: "sorting", "aria-label": "Order of results" }, el("ul", {}, ...items));
}
