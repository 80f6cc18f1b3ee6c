// What is searched: values and their address, and the searches that this device remembers.

// The filters and orders of this site, as the page gives them: both come from its table of attributes.
export const { filters: FILTERS, sorts: SORTS } = JSON.parse(document.body.dataset.searchConfig);
export const PAGE_SIZE = 10;
export const MAX_SIZE = 50;
const RECENT_KEY = "recent-searches";
const MAX_RECENT = 6;
const DEFAULTS = { sort: SORTS[0].name, page: 1, size: PAGE_SIZE };

export function parseState(query) {
  const params = new URLSearchParams(query);
  return {
    text: params.get("q") ?? "",
    chosen: Object.fromEntries(
      FILTERS.map(({ name, isMany }) => [name, params.getAll(name).filter(Boolean).slice(0, isMany ? undefined : 1)]),
    ),
    sort: params.get("sort") || DEFAULTS.sort,
    page: Number(params.get("page")) || 1,
    size: Number(params.get("size")) || PAGE_SIZE,
    exact: params.get("exact") === "1",
  };
}

// A change of anything but page and size starts from the first results again.
export function change(state, changes) {
  return { ...state, page: 1, size: PAGE_SIZE, exact: false, ...changes };
}

// Without any filter.
export function unfiltered() {
  return Object.fromEntries(FILTERS.map(({ name }) => [name, []]));
}

// A filter on or off: of several values, or in place of another.
export function toggle(state, { name, isMany }, value) {
  const on = state.chosen[name];
  const values = on.includes(value) ? on.filter((one) => one !== value) : isMany ? [...on, value] : [value];
  return change(state, { chosen: { ...state.chosen, [name]: values } });
}

export function toParams(state) {
  const params = new URLSearchParams();
  if (state.text.trim()) params.set("q", state.text.trim());
  for (const { name } of FILTERS) for (const value of state.chosen[name]) params.append(name, value);
  for (const name of Object.keys(DEFAULTS)) {
    if (state[name] !== DEFAULTS[name]) params.set(name, state[name]);
  }
  if (state.exact) params.set("exact", "1");
  return params;
}

export function address(state) {
  const query = toParams(state).toString();
  return query ? `/?${query}` : "/";
}

export function isSearch(state) {
  const isFiltered = Object.values(state.chosen).some((values) => values.length);
  return Boolean(state.text.trim() || isFiltered || state.sort !== DEFAULTS.sort);
}

export function recentSearches() {
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
    // Storage is switched off: nothing is remembered.
  }
}
