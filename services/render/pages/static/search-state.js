// What is searched: values and their address, and the searches that this device remembers. It touches no page.

export const PAGE_SIZE = 10;
export const MAX_SIZE = 50;
const RECENT_KEY = "recent-searches";
const MAX_RECENT = 6;
const DEFAULTS = {
  text: "",
  tags: [],
  year: "",
  series: "",
  sort: "relevance",
  page: 1,
  size: PAGE_SIZE,
  exact: false,
};

export function parseState(query) {
  const params = new URLSearchParams(query);
  return {
    text: params.get("q") ?? "",
    tags: params.getAll("tag").filter(Boolean),
    year: params.get("year") ?? "",
    series: params.get("series") ?? "",
    sort: params.get("sort") || "relevance",
    page: Number(params.get("page")) || 1,
    size: Number(params.get("size")) || PAGE_SIZE,
    exact: params.get("exact") === "1",
  };
}

// A change of anything but page and size starts from the first results again.
export function change(state, changes) {
  return { ...state, page: 1, size: PAGE_SIZE, exact: false, ...changes };
}

export function toParams(state) {
  const params = new URLSearchParams();
  if (state.text.trim()) params.set("q", state.text.trim());
  for (const tag of state.tags) params.append("tag", tag);
  for (const name of ["year", "series", "sort", "page", "size"]) {
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
  return Boolean(state.text.trim() || state.tags.length || state.year || state.series || state.sort !== "relevance");
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
