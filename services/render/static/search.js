// Search as you type on the listing. The page works without it: this asks the same service for the same results.

const PAUSE_MS = 110;

const root = document.querySelector("[data-search]");
const input = root?.querySelector(".search-input");
const output = document.querySelector("[data-search-results]");
const listing = document.querySelector("[data-listing]");

function element(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function marked(pieces) {
  return pieces.map(([text, isMatch]) => (isMatch ? element("mark", {}, text) : text));
}

function dayText(iso) {
  const day = new Date(`${iso}T00:00:00Z`);
  return new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(day);
}

class Search {
  constructor() {
    this.pending = null;
    this.timer = 0;
    this.status = element("p", { class: "visually-hidden", role: "status" });
    root.append(this.status);
    this.initial = { text: input.value, nodes: [...output.childNodes] };
    this.asComboBox();
    input.addEventListener("input", () => this.later());
    input.form.addEventListener("submit", (event) => this.submit(event));
    document.addEventListener("click", (event) => this.filter(event));
    addEventListener("popstate", () => this.restore());
  }

  // The ARIA combobox pattern (APG): the input keeps the focus, aria-activedescendant says which result is meant.
  asComboBox() {
    input.setAttribute("aria-controls", output.id);
    input.setAttribute("aria-describedby", "search-hint");
    root.append(element("p", { class: "visually-hidden", id: "search-hint" }, "Results appear as you type. Arrow keys move through them."));
    input.addEventListener("keydown", (event) => this.key(event));
    output.addEventListener("keydown", (event) => this.key(event));
  }

  links() {
    return [...output.querySelectorAll(".hit-title a, .hit-heading")];
  }

  key(event) {
    const links = this.links();
    const at = links.indexOf(document.activeElement);
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1 };
    if (document.activeElement !== input) Object.assign(moves, { Home: 0, End: links.length - 1 });
    if (event.key === "Escape") {
      if (document.activeElement !== input) input.focus();
      else if (input.value) { input.value = ""; this.later(); } else return;
    } else if (event.key in moves && links.length && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const next = moves[event.key];
      if (next < 0) input.focus();
      else links[Math.min(next, links.length - 1)].focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  params() {
    return new URLSearchParams(location.search);
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.typed(), PAUSE_MS);
  }

  typed() {
    const params = this.params();
    for (const name of ["page", "exact"]) params.delete(name);
    const text = input.value.trim();
    if (text) params.set("q", text);
    else params.delete("q");
    this.show(params, "replace");
  }

  submit(event) {
    event.preventDefault();
    clearTimeout(this.timer);
    const params = this.params();
    for (const name of ["page", "exact"]) params.delete(name);
    if (input.value.trim()) params.set("q", input.value.trim());
    else params.delete("q");
    this.show(params, "push", false);
  }

  // Filters, orders and pages are links to the address that shows them: script follows them in place.
  filter(event) {
    const link = event.target.closest?.("[data-search-results] a");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin || url.pathname !== "/") return;
    event.preventDefault();
    input.value = url.searchParams.get("q") ?? "";
    this.show(url.searchParams, "push", false);
  }

  restore() {
    const params = this.params();
    input.value = params.get("q") ?? "";
    this.show(params, "none", false);
  }

  async show(params, history, isPartial = true) {
    this.pending?.abort();
    const asked = (this.pending = new AbortController());
    const address = params.size ? `/?${params}` : "/";
    if (history === "push") window.history.pushState(null, "", address);
    if (history === "replace") window.history.replaceState(null, "", address);
    if (!["q", "tag", "year", "series", "sort"].some((name) => params.get(name))) {
      if (listing) { output.replaceChildren(); listing.hidden = false; this.say(""); } else location.assign("/");
      return;
    }
    const query = new URLSearchParams(params);
    if (isPartial) query.set("partial", "1");
    try {
      const response = await fetch(`/api/search?${query}`, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      const results = await response.json();
      if (asked === this.pending) this.render(results, params);
    } catch (error) {
      if (error.name !== "AbortError" && asked === this.pending) await this.fallBack(address, asked);
    }
  }

  // Without the search service the server still filters: its page says so, and its results are shown here.
  async fallBack(address, asked) {
    try {
      const response = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const results = page.querySelector("[data-search-results]");
      if (!results || asked !== this.pending) throw new Error("no results");
      output.replaceChildren(...results.childNodes);
      this.say(output.querySelector(".notice-degraded")?.textContent ?? "");
    } catch (error) {
      if (error.name === "AbortError") return;
      output.replaceChildren(element("p", { class: "notice notice-degraded" }, "Search cannot be reached. Check your connection and try again."));
      this.say("Search cannot be reached.");
    }
    if (listing) listing.hidden = true;
  }

  render(results, params) {
    if (listing) listing.hidden = true;
    const parts = [this.notice(results, params), this.count(results), this.active(params), this.sorting(results, params), this.facets(results, params)];
    if (results.hits.length) parts.push(this.hits(results), this.pages(results, params));
    else parts.push(element("p", { class: "empty" }, "Nothing found. Try fewer or other words, or take away a filter."));
    output.replaceChildren(...parts.filter(Boolean));
    this.say(this.countText(results));
  }

  address(params, changes) {
    const next = new URLSearchParams(params);
    next.delete("page");
    for (const [name, value] of Object.entries(changes)) value === null ? next.delete(name) : next.set(name, value);
    return next.size ? `/?${next}` : "/";
  }

  notice(results, params) {
    if (results.correction) {
      const { original, text } = results.correction;
      return element("p", { class: "notice correction" }, "Nothing matched ", element("q", {}, original), ". Showing results for ",
        element("strong", {}, text), ". ", element("a", { href: this.address(params, { exact: "1" }) }, `Search instead for “${original}”`));
    }
    return results.matched === "some" ? element("p", { class: "notice" }, "No article has all of these words. These have some of them.") : null;
  }

  countText(results) {
    return results.total === 1 ? "1 article" : `${results.total} articles`;
  }

  count(results) {
    return element("p", { class: "result-count" }, this.countText(results));
  }

  toggleTag(params, tag) {
    const next = new URLSearchParams(params);
    const tags = next.getAll("tag");
    for (const name of ["tag", "page"]) next.delete(name);
    for (const one of tags) if (one !== tag) next.append("tag", one);
    if (!tags.includes(tag)) next.append("tag", tag);
    return next.size ? `/?${next}` : "/";
  }

  active(params) {
    const chips = params.getAll("tag").map((tag) => [tag, this.toggleTag(params, tag)]);
    for (const name of ["year", "series"]) if (params.get(name)) chips.push([params.get(name), this.address(params, { [name]: null })]);
    if (!chips.length) return null;
    const items = chips.map(([label, url]) => element("li", {}, element("a", { class: "chip chip-on", href: url, "aria-label": `Remove the filter ${label}` }, label)));
    return element("ul", { class: "chips filters-active" }, ...items);
  }

  sorting(results, params) {
    if (results.total < 2) return null;
    const current = params.get("sort") ?? "relevance";
    const orders = [["relevance", "Best match"], ["newest", "Newest"], ["oldest", "Oldest"]];
    const items = orders.map(([sort, label]) => element("li", {}, element("a", {
      href: this.address(params, { sort: sort === "relevance" ? null : sort }), "aria-current": sort === current ? "true" : null,
    }, label)));
    return element("nav", { class: "sorting", "aria-label": "Order of results" }, element("ul", {}, ...items));
  }

  facets(results, params) {
    const { tags, years, series } = results.facets;
    const on = { tag: params.getAll("tag"), year: params.getAll("year"), series: params.getAll("series") };
    const chip = (name, { value, count, label }) => {
      const isOn = on[name].includes(String(value));
      const url = name === "tag" ? this.toggleTag(params, String(value)) : this.address(params, { [name]: isOn ? null : String(value) });
      return element("li", {}, element("a", { class: isOn ? "chip chip-on" : "chip", href: url, "aria-current": isOn ? "true" : null },
        `${label || value} `, element("span", { class: "count" }, String(count))));
    };
    const groups = [["tag", "Tags", tags.slice(0, 20)], ["year", "Years", years], ["series", "Series", series]].filter(([, , values]) => values.length);
    if (!groups.length) return null;
    const open = new Set([...output.querySelectorAll(".facet[open]")].map((facet) => facet.dataset.name));
    return element("nav", { class: "facets", "aria-label": "Filters" }, ...groups.map(([name, heading, values]) => {
      const facet = element("details", { class: "facet", "data-name": name }, element("summary", {}, heading), element("ul", { class: "chips" }, ...values.map((value) => chip(name, value))));
      facet.open = open.has(name) || (!open.size && name === "tag");
      return facet;
    }));
  }

  hits(results) {
    const first = (results.query.page - 1) * results.query.size + 1;
    return element("ol", { class: "hits", start: String(first) }, ...results.hits.map((hit) => this.hit(hit)));
  }

  hit(hit) {
    const byline = element("p", { class: "byline" }, element("time", { datetime: hit.published }, dayText(hit.published)), " ",
      element("span", { class: "reading-time" }, `${hit.reading_minutes} min read`));
    if (hit.series) byline.append(" ", element("span", { class: "in-series" }, `Series: ${hit.series}`));
    const body = hit.sections.length
      ? element("ul", { class: "hit-sections", "aria-label": "Matching sections" }, ...hit.sections.map((section) => this.section(section)))
      : element("p", { class: "hit-summary" }, hit.summary);
    return element("li", { class: "hit" }, element("article", {},
      element("h3", { class: "hit-title" }, element("a", { href: hit.url }, ...marked(hit.title))), byline, body));
  }

  section(section) {
    const snippet = section.is_code
      ? element("p", { class: "snippet snippet-code" }, element("code", {}, ...marked(section.snippet)))
      : element("p", { class: "snippet" }, ...marked(section.snippet));
    const heading = section.heading ? [element("a", { class: "hit-heading", href: section.url }, section.heading)] : [];
    return element("li", { class: "hit-section" }, ...heading, snippet);
  }

  pages(results, params) {
    const { page, size } = results.query;
    const last = Math.ceil(results.total / size);
    if (last < 2) return null;
    const to = (number) => this.address(params, { page: number === 1 ? null : String(number) });
    const links = [];
    if (page > 1) links.push(element("a", { class: "pager-previous", href: to(page - 1), rel: "prev" }, "Previous"));
    links.push(element("span", { class: "pager-place" }, `Page ${page} of ${last}`));
    if (page < last) links.push(element("a", { class: "pager-next", href: to(page + 1), rel: "next" }, "Next"));
    return element("nav", { class: "pager", "aria-label": "Pages of results" }, ...links);
  }

  say(text) {
    this.status.textContent = text;
  }
}

if (input && output) new Search();
