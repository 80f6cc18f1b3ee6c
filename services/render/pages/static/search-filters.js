// Filters and orders as nodes: each is a link to the address that it leads to.

import { el } from "./element.js";
import { FILTERS, SORTS, address, change, toggle, unfiltered } from "./search-state.js";

const MAX_NAMES = 20;

function chip(key, label, count, isOn, url) {
  return el(
    "li",
    {},
    el(
      "a",
      { class: isOn ? "chip chip-on" : "chip", href: url, "data-key": key, "aria-current": isOn ? "true" : null },
      label,
      el("span", { class: "count" }, String(count)),
    ),
  );
}

// The values to offer: several that apply stand together at the front, a single one stays in its place.
function offered({ name, isMany, isName }, on, counts) {
  const shown = isName ? counts.slice(0, MAX_NAMES) : counts;
  const isShown = (value) => shown.some((one) => String(one.value) === value);
  const first = on
    .filter((value) => isMany || (!isShown(value) && counts.some((one) => String(one.value) === value)))
    .map((value) => counts.find((one) => String(one.value) === value) ?? { value, count: 0 });
  return [...first, ...shown.filter((one) => !first.includes(one))];
}

function facet(filter, state, counts, isOpen) {
  const on = state.chosen[filter.name];
  const chips = offered(filter, on, counts).map(({ value, count, label }) =>
    chip(
      `${filter.name} ${value}`,
      label || String(value),
      count,
      on.includes(String(value)),
      address(toggle(state, filter, String(value))),
    ),
  );
  if (!chips.length) return null;
  return el(
    "details",
    { class: "facet", "data-facet": filter.name, open: isOpen },
    el("summary", { "data-key": `facet ${filter.name}` }, filter.heading),
    el("ul", { class: "chips" }, ...chips),
  );
}

export function facets(state, found, isOpen) {
  const groups = FILTERS.map((filter) =>
    facet(filter, state, found.facets[filter.facet] ?? [], isOpen[filter.name]),
  ).filter(Boolean);
  return groups.length ? el("nav", { class: "facets", "aria-label": "Filters" }, ...groups) : null;
}

// The filters that apply, where they can be taken off even while the groups above are closed.
export function activeFilters(state, found) {
  const items = FILTERS.flatMap((filter) =>
    state.chosen[filter.name].map((value) => {
      const counted = (found.facets[filter.facet] ?? []).find((one) => String(one.value) === value);
      const label = counted?.label || value;
      return el(
        "li",
        {},
        el(
          "a",
          {
            class: "chip chip-on",
            href: address(toggle(state, filter, value)),
            "data-key": `off ${filter.name} ${value}`,
            "aria-label": `Remove the filter ${label}`,
          },
          label,
        ),
      );
    }),
  );
  if (!items.length) return null;
  const clear = el(
    "a",
    { class: "chip chip-clear", href: address(change(state, { chosen: unfiltered() })), "data-key": "clear" },
    "Clear all",
  );
  return el(
    "div",
    { class: "filters-active" },
    el("h2", { class: "visually-hidden" }, "Filters that apply"),
    el("ul", { class: "chips" }, ...items, el("li", {}, clear)),
  );
}

// The orders, without those by an attribute that no result has.
export function sorting(state, found) {
  const isOffered = ({ name, facet }) => name === state.sort || found.facets[facet]?.length !== 0;
  const items = SORTS.filter(isOffered).map(({ name, label }) =>
    el(
      "li",
      {},
      el(
        "a",
        {
          href: address(change(state, { sort: name })),
          "data-key": `sort ${name}`,
          "aria-current": name === state.sort ? "true" : null,
        },
        label,
      ),
    ),
  );
  return el("nav", { class: "sorting", "aria-label": "Order of results" }, el("ul", {}, ...items));
}
