// The answer of a search → nodes, the same that templates/results.html makes of an answer of the service.

import { el } from "../element.js";
import { ROOT } from "../root.js";
import { DEFAULT_SIZE, MAX_SIZE } from "./engine.js";
import { unquoted } from "./quotes.js";
import { WORDS, number, rich, sentence } from "./words.js";

const MAX_FACET_NAMES = 20;
const MAX_PAGE = 1000;
const MAX_PASSAGES = 3;
const CONTEXT_WORDS = 3;
const SHOWN_MISSING = 6;

// The address of a query; only what differs from the defaults, in the order of the service.
function address(table, query) {
  const params = new URLSearchParams();
  if (query.text) params.set("q", query.text);
  for (const { name, parameter } of table.attributes) for (const value of query.filters[name] ?? []) params.append(parameter, value);
  if (query.sort !== table.orders[0][0]) params.set("sort", query.sort);
  if (query.page > 1) params.set("page", query.page);
  if (query.size !== DEFAULT_SIZE) params.set("size", query.size);
  if (query.isExact) params.set("exact", "1");
  const text = params.toString().replaceAll("*", "%2A").replaceAll("%7E", "~"); // as the service writes them
  return text ? `${ROOT}?${text}` : ROOT;
}

const marked = (pieces) => pieces.map(([text, isMatch]) => (isMatch ? el("mark", {}, text) : text));

// ``:~:text=…`` for the matches of a snippet (services/render/pages/typeset/fragments.py).
function directive(snippet) {
  const encode = (text) => encodeURIComponent(text).replaceAll("-", "%2D");
  const pieces = [];
  for (const [text, isMatch] of snippet) {
    if (isMatch && pieces.length > 1 && pieces.at(-2)[1] && !pieces.at(-1)[0].trim()) {
      const [gap] = pieces.pop();
      pieces.at(-1)[0] += gap + text;
    } else pieces.push([text, isMatch]);
  }
  const found = pieces.flatMap(([text, isMatch], at) => {
    if (!isMatch || !text.trim()) return [];
    const before = at ? (pieces[at - 1][0].split("…").at(-1).match(/\S+/g) ?? []).slice(-CONTEXT_WORDS) : [];
    const after = pieces[at + 1] ? (pieces[at + 1][0].split("…")[0].match(/\S+/g) ?? []).slice(0, CONTEXT_WORDS) : [];
    return (before.length ? `${encode(before.join(" "))}-,` : "") + encode(text.trim()) + (after.length ? `,-${encode(after.join(" "))}` : "");
  });
  return found.length ? `:~:text=${found.slice(0, MAX_PASSAGES).join("&text=")}` : "";
}

function hitNode(hit, isBest) {
  const node = new DOMParser().parseFromString(hit.frame, "text/html").body.firstElementChild;
  const link = node.querySelector(".hit-title a");
  const summary = node.querySelector(".hit-summary");
  link.replaceChildren(...marked(hit.title));
  const opening = hit.sections.find(({ anchor, snippet }) => !anchor && snippet.length);
  const headed = hit.sections.filter(({ anchor }) => anchor);
  if (opening && summary) {
    summary.className = "row-summary hit-summary snippet";
    summary.replaceChildren(...marked(opening.snippet));
  } else if (headed.length) summary?.remove();
  if (isBest && !headed.length) {
    node.classList.add("is-best");
    link.dataset.best = "";
  }
  if (!headed.length) return node;
  const sections = headed.map(({ heading, url, snippet, isCode }, at) => {
    const isFirst = isBest && !at;
    const text = isCode ? [el("code", {}, ...marked(snippet))] : marked(snippet);
    return el(
      "li",
      { class: isFirst ? "hit-section is-best" : "hit-section" },
      el("h3", { class: "hit-heading" }, el("a", { href: url + directive(snippet), "data-best": isFirst }, heading)),
      snippet.length ? el("p", { class: isCode ? "snippet snippet-code" : "snippet" }, ...text) : null,
    );
  });
  node.querySelector(".row-words").after(el("ul", { class: "hit-sections", lang: link.getAttribute("lang") }, ...sections));
  return node;
}

const notice = (name, ...children) => el("p", { class: name ? `notice ${name}` : "notice" }, ...children);

function noticeNodes(answer, to) {
  const { query, correction, readings, missing, offers, hits, total, withAll } = answer;
  const nodes = [];
  if (correction !== null && total) {
    const exact = el("a", { href: to({ isExact: true, page: 1 }), "data-key": "exact" }, ...rich(WORDS.insteadOf, { original: query.text }));
    nodes.push(notice("correction", ...rich(WORDS.correction, { original: query.text, text: correction }), " ", exact));
  }
  for (const { kind, instead, ...reading } of readings) {
    const typed = kind === "phrase" ? unquoted(reading.typed) : reading.typed;
    const [effect, action] = WORDS.readings[kind];
    const link = el("a", { href: to({ text: instead, page: 1 }), "data-key": `reading ${typed}` }, action);
    nodes.push(notice("reading", ...rich(effect, { typed }), " ", link));
  }
  // The heading of a page without results says it of a query of one word.
  const isSaid = !total && missing.length === 1 && missing[0] === query.text;
  if (missing.length && !isSaid) {
    const some = !withAll && hits.length ? [` ${WORDS.showingSome}`] : [];
    const words = sentence(missing.slice(0, SHOWN_MISSING).map((word) => el("q", {}, word)));
    nodes.push(notice("missing", ...rich(WORDS.missing, { words }), ...some));
  } else if (!withAll && hits.length) nodes.push(notice("", `${WORDS.none} ${WORDS.mostFirst}`));
  if (offers.length) {
    const links = offers.map((offer) => el("a", { href: to({ text: offer, page: 1 }), "data-key": `offer ${offer}` }, offer));
    nodes.push(notice("offers", ...rich(WORDS.offers, { offers: sentence(links) })));
  }
  return el("div", { class: "notices" }, ...nodes);
}

function pagerNode(page, pages, to) {
  if (pages <= 1) return null;
  const shown = [...new Set([1, pages, ...[-2, -1, 0, 1, 2].map((step) => page + step)])].filter((one) => one >= 1 && one <= pages).sort((one, other) => one - other);
  const items = shown.flatMap((number, at) => {
    const link = { href: to({ page: number }), "aria-label": WORDS.page(number), "aria-current": number === page ? "page" : null };
    const gap = at && number - shown[at - 1] > 1 ? [el("li", { class: "pager-gap", "aria-hidden": "true" }, "…")] : [];
    return [...gap, el("li", {}, el("a", link, String(number)))];
  });
  const step = (name, number, rel, text) => (number >= 1 && number <= pages ? el("a", { class: name, href: to({ page: number }), rel }, text) : null);
  const ends = [step("pager-previous", page - 1, "prev", WORDS.previous), step("pager-next", page + 1, "next", WORDS.next)];
  return el("nav", { class: "pager", "aria-label": WORDS.pages }, ends[0], el("ol", { class: "pager-pages" }, ...items), ends[1]);
}

function hitNodes(answer, to) {
  const { query, total, hits, withAll, correction } = answer;
  const pages = Math.min(Math.max(1, Math.ceil(total / query.size)), MAX_PAGE);
  const hasBest = query.page === 1 && query.sort === "relevance" && query.text && correction === null && withAll > 0;
  const left = total - hits.length;
  const hasMore = query.page === 1 && left > 0 && query.size < MAX_SIZE;
  const more = hasMore
    ? el("p", { class: "more-results" }, el("a", { class: "more", href: to({ size: Math.min(MAX_SIZE, query.size + DEFAULT_SIZE) }), "data-key": "more" }, WORDS.more(left)))
    : null;
  const articles = hits.map((hit, at) => hitNode(hit, hasBest && !at));
  return el("section", { class: "rows hits", "aria-label": WORDS.results }, ...articles, more, pagerNode(Math.min(query.page, pages), pages, to));
}

function nothingNodes({ query, table, near }, active) {
  const heading = query.text ? rich(WORDS.noResultsFor, { text: query.text }) : [WORDS.noResults];
  const words = [`${active.length ? WORDS.tryFewerFilters : WORDS.tryFewer} `, ...rich(WORDS.browse)];
  const first = el("div", { class: "near" }, el("h2", { class: "no-results-heading", id: "no-results" }, ...heading), el("p", {}, ...words));
  first.normalize();
  for (const link of first.querySelectorAll('a[href^="/"]')) link.setAttribute("href", ROOT + link.getAttribute("href").slice(1));
  const articles = near.map((hit) => {
    const best = hit.sections.find(({ anchor }) => anchor);
    const link = new DOMParser().parseFromString(hit.frame, "text/html").querySelector(".hit-title a");
    return el("li", {}, el("a", { href: best?.url ?? link.getAttribute("href"), lang: link.getAttribute("lang") }, hit.title.map(([text]) => text).join("")));
  });
  const others = articles.length ? el("div", { class: "near" }, el("h3", {}, WORDS.near), el("ul", { class: "near-list" }, ...articles)) : null;
  const links = table.tags.map(([tag, url]) => el("li", {}, el("a", { class: "tag", href: url, rel: "tag" }, tag)));
  const common = links.length ? el("div", { class: "near" }, el("h3", {}, WORDS.tags), el("ul", { class: "tags", "aria-label": WORDS.tags }, ...links)) : null;
  return el("section", { class: "no-results", "aria-labelledby": "no-results" }, first, others, common);
}

// The query with a value of a filter taken off if it is on, else added.
function toggled(query, { name, isMany }, value) {
  const on = query.filters[name] ?? [];
  const isOn = on.some((one) => String(one) === String(value));
  const values = isOn ? on.filter((one) => String(one) !== String(value)) : isMany ? [...on, value] : [value];
  return { filters: { ...query.filters, [name]: values }, page: 1 };
}

function facetNode({ attribute, rows }, query, to) {
  const on = (query.filters[attribute.name] ?? []).map(String);
  const shown = attribute.isName ? rows.slice(0, MAX_FACET_NAMES) : rows;
  const known = new Map(rows.map((row) => [String(row.value), row]));
  const first = on.filter((value) => attribute.isMany || (known.has(value) && !shown.includes(known.get(value))));
  const values = [...first.map((value) => known.get(value) ?? { value, label: value, count: 0 }), ...shown.filter((row) => !first.includes(String(row.value)))];
  if (!values.length) return null;
  const items = values.map(({ value, label, count }) =>
    el(
      "li",
      {},
      el(
        "a",
        { href: to(toggled(query, attribute, value)), "data-key": `${attribute.parameter} ${label}`, "aria-current": on.includes(String(value)) ? "true" : null },
        el("span", {}, label),
        " ",
        el("span", { class: "count" }, number(count)),
      ),
    ),
  );
  const [summary, heading] = ["summary", "h2"].map((name) => el(name, {}, attribute.heading));
  return el("details", { class: "facet", "data-facet": attribute.parameter }, summary, heading, el("ul", { class: "counts" }, ...items));
}

// The top nodes of an answer, as the page of results has them.
export function nodesOf(answer) {
  const { query, table, total, withAll, hits, facets } = answer;
  const to = (change) => address(table, { ...query, ...change });
  const active = table.attributes.flatMap((attribute) =>
    (query.filters[attribute.name] ?? []).map((value) => {
      const label = attribute.values.find(([one]) => String(one) === String(value))?.[1] ?? value;
      const link = { class: "filter", href: to(toggled(query, attribute, value)), "data-key": `off ${label}` };
      return el("li", {}, el("a", link, ...rich(WORDS.removeFilter, { filter: label })));
    }),
  );
  const nodes = [noticeNodes(answer, to)];
  if (total) {
    const text = withAll && withAll < total ? WORDS.someArticles(withAll, total - withAll) : WORDS.articles(total);
    nodes.push(el("p", { class: "bar result-count" }, text));
  }
  if (hits.length) nodes.push(hitNodes(answer, to));
  else if (total) nodes.push(notice("", `${WORDS.emptyPage} `, el("a", { href: to({ page: 1 }) }, WORDS.firstPage)));
  else nodes.push(nothingNodes(answer, active));
  if (total > 1) {
    const orders = table.orders.filter(([name, , attribute]) => !attribute || name === query.sort || facets.find((one) => one.attribute.name === attribute)?.rows.length);
    const items = orders.map(([name, label]) =>
      el("li", {}, el("a", { href: to({ sort: name, page: 1 }), "data-key": `sort ${label}`, "aria-current": name === query.sort ? "true" : null }, label)),
    );
    nodes.push(el("nav", { class: "sorting", "aria-label": WORDS.sort }, el("ul", {}, ...items)));
  }
  if (active.length) {
    const clear = el("li", {}, el("a", { class: "filter-clear", href: to({ filters: {}, page: 1 }), "data-key": "clear" }, WORDS.clearAll));
    nodes.push(el("div", { class: "filters-active" }, el("h2", { class: "visually-hidden" }, WORDS.activeFilters), el("ul", { class: "filters" }, ...active, clear)));
  }
  const groups = facets.map((facet) => facetNode(facet, query, to)).filter(Boolean);
  if (groups.length) nodes.push(el("nav", { class: "aside facets", "aria-label": WORDS.filters }, ...groups));
  nodes.push(el("p", { class: "search-limits" }, WORDS.limits));
  for (const node of nodes) node.normalize();
  return nodes;
}
