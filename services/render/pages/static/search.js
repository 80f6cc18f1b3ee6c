// Where search boxes are: the one of the listing, whose address and history follow it, and the dialog of every other page.

import { el } from "./element.js";
import { SearchBox } from "./search-box.js";
import { parsedPage } from "./search-fetch.js";
import { address, isSearch, parseState } from "./search-state.js";

let dialogBox;

export function enhancePage() {
  const root = document.querySelector("[data-search]");
  const input = root.querySelector(".search-input");
  const output = document.querySelector("[data-search-results]");
  const title = document.title;
  const site = document.querySelector(".wordmark").textContent.trim();
  let listing = document.querySelector("[data-listing]");
  const showListing = (isShown) => {
    if (listing) listing.hidden = !isShown;
    document.body.classList.toggle("is-searching", !isShown);
  };
  const name = (state) => {
    const words = state.text.trim();
    const found = words ? `Search: ${words}` : "Articles";
    document.title = isSearch(state) ? `${found} · ${site}` : listing ? title : site;
  };
  const box = new SearchBox({
    name: "page",
    root,
    input,
    output,
    state: parseState(location.search),
    cards: (state) => matchingCards(listing, state.text),
    onState(state, { isNew }) {
      // The form's hidden filters were the server's way to keep them; from now on the state does.
      for (const hidden of input.form.querySelectorAll("input[type=hidden]")) hidden.remove();
      history[isNew ? "pushState" : "replaceState"](null, "", address(state));
      name(state);
    },
    // The listing stays until there is something to see instead.
    onShown: (state) => showListing(!isSearch(state)),
    async onEmpty() {
      if (listing) return;
      // This page came as a page of results: the listing is on another one.
      listing = document.importNode((await parsedPage("/")).querySelector("[data-listing]"), true);
      output.after(listing);
      showListing(!isSearch(box.state));
    },
  });
  // What was typed before this code arrived.
  if (input.value !== box.state.text) box.typed();
  else if (listing && isSearch(box.state)) box.apply(box.state, { isFromHistory: true });
  addEventListener("popstate", () => {
    const state = parseState(location.search);
    if (!isSearch(state) && (location.search || location.hash)) return location.hash ? undefined : location.reload();
    name(state);
    box.apply(state, { isFromHistory: true });
  });
}

// The articles of this page whose title, summary or tags hold every word: all there is to search without a network.
function matchingCards(listing, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const cards = listing ? [...listing.querySelectorAll(".card")] : [];
  const textOf = (card) =>
    [...card.querySelectorAll(".card-title, .card-summary, .tags")]
      .map((part) => part.textContent)
      .join(" ")
      .toLowerCase();
  return cards
    .filter((card) => words.every((word) => textOf(card).includes(word)))
    .map((card) => ({
      url: card.querySelector("a").href,
      title: [[card.querySelector(".card-title").textContent.trim(), false]],
      summary: card.querySelector(".card-summary").textContent,
      published: card.querySelector("time")?.dateTime ?? "",
      reading_minutes: parseInt(card.querySelector(".reading-time").textContent, 10),
      series: null,
      sections: [],
    }));
}

export async function openDialog() {
  await styled();
  dialogBox ??= makeDialog();
  const dialog = dialogBox.root.closest("dialog");
  if (!dialog.open) dialog.showModal();
  dialogBox.input.focus();
  dialogBox.input.select();
}

// The styles of search are fetched with the first dialog: most readers of an article open none.
function styled() {
  const url = document.querySelector("[data-open-search]").dataset.style;
  if (document.querySelector(`link[href="${url}"]`)) return Promise.resolve();
  const link = el("link", { rel: "stylesheet", href: url });
  document.head.append(link);
  return new Promise((resolve) => {
    link.onload = link.onerror = resolve;
  });
}

function makeDialog() {
  const input = el("input", {
    class: "search-input",
    id: "dialog-q",
    name: "q",
    type: "search",
    maxlength: "200",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    enterkeyhint: "search",
    placeholder: 'A word or a "phrase"',
  });
  const button = el("button", { class: "search-button", type: "submit" }, "Search");
  const label = el("label", { class: "search-label", for: "dialog-q" }, "Search the articles");
  const form = el(
    "form",
    { class: "search-form", action: "/", method: "get" },
    label,
    el("div", { class: "search-box" }, input, button),
  );
  const root = el("search", { class: "search" }, form);
  const output = el("div", { class: "search-results" });
  const close = el("button", { class: "link-button dialog-close", type: "button" }, "Close");
  const keys = el(
    "span",
    { class: "dialog-keys", "aria-hidden": "true" },
    el("kbd", {}, "↑"),
    " ",
    el("kbd", {}, "↓"),
    " to choose, ",
    el("kbd", {}, "Enter"),
    " to open, ",
    el("kbd", {}, "Esc"),
    " to close",
  );
  const dialog = el(
    "dialog",
    { class: "search-dialog", "aria-label": "Search the articles" },
    root,
    output,
    el("p", { class: "dialog-foot" }, keys, close),
  );
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
    // A section of the page that is open: the dialog would hide it.
    if (event.target.closest?.("[role=option]")?.pathname === location.pathname) dialog.close();
  });
  document.body.append(dialog);
  return new SearchBox({ name: "dialog", root, input, output, state: parseState(""), isCompact: true });
}
