// Where search boxes are: the one of the front page and of the page of results, whose address and history follow it, and the
// dialog of every other page.

import { el } from "./element.js";
import { SearchBox } from "./search-box.js";
import { ROOT } from "./root.js";
import { parsedPage } from "./search-fetch.js";
import { address, isSearch, parseState } from "./search-state.js";
import { WORDS } from "./search-words.js";

let isStarted = false;

export function start() {
  if (isStarted) return;
  isStarted = true;
  const root = document.querySelector(".content [data-search]");
  const output = document.querySelector(".content [data-search-results]");
  if (root && output) enhancePage(root, output);
  const dialog = document.getElementById("search-dialog");
  if (dialog) enhanceDialog(dialog);
}

function enhancePage(root, output) {
  const site = document.querySelector(".wordmark").textContent.trim();
  let listing = document.querySelector("[data-listing]");
  // A page of results gets the listing of the front page, and is called like it then.
  const title = listing ? document.title : site;
  const showListing = (isShown) => {
    if (listing) listing.hidden = !isShown;
  };
  const name = (state) => {
    const words = state.text.trim();
    const found = words ? WORDS.search(words) : WORDS.articles;
    document.title = isSearch(state) ? `${found} · ${site}` : title;
  };
  // The box goes to the top with the first letter, so that results have the screen; after that nothing moves.
  const takeScreen = (state) => {
    const isSearching = isSearch(state);
    if (document.body.classList.toggle("is-searching", isSearching) === isSearching && !isSearching) return;
    if (root.getBoundingClientRect().top > 80 && isSearching) scrollBy({ top: root.getBoundingClientRect().top - 16, behavior: "instant" });
  };
  const box = new SearchBox({
    root,
    output,
    state: parseState(location.search),
    rows: (state) => matchingRows(listing, state.text),
    onState(state, { isNew }) {
      // The form's hidden filters were the server's way to keep them; from now on the state does.
      for (const hidden of box.input.form.querySelectorAll("input[type=hidden]")) hidden.remove();
      history[isNew ? "pushState" : "replaceState"](null, "", address(state));
      name(state);
      takeScreen(state);
    },
    // The listing stays until there is something to see instead.
    onShown: (state) => showListing(!isSearch(state)),
    async onEmpty() {
      if (listing) return;
      // This page came as a page of results: the listing is on another one.
      listing = document.importNode((await parsedPage(ROOT)).querySelector("[data-listing]"), true);
      output.after(listing);
      showListing(!isSearch(box.state));
    },
  });
  box.input.dataset.ready = "";
  // A copy without a service answers an address with its front page, whose box is empty.
  if (listing && isSearch(box.state)) box.input.value ||= box.state.text;
  // What was typed before this code arrived.
  if (box.input.value !== box.state.text) box.typed();
  else if (listing && isSearch(box.state)) box.apply(box.state, { isFromHistory: true });
  else if (document.activeElement === box.input) box.showRecent();
  addEventListener("popstate", () => {
    const state = parseState(location.search);
    if (!isSearch(state) && (location.search || location.hash)) return location.hash ? undefined : location.reload();
    name(state);
    takeScreen(state);
    box.apply(state, { isFromHistory: true });
  });
}

// The rows of this page whose title, summary or tags hold every word: all there is to search without a network.
function matchingRows(listing, text) {
  const words = folded(text).split(/\s+/).filter(Boolean);
  const rows = listing ? [...listing.querySelectorAll(".row")] : [];
  const textOf = (row) => folded(row.querySelector(".row-words").textContent);
  return rows.filter((row) => words.every((word) => textOf(row).includes(word))).map((row) => row.cloneNode(true));
}

// In the language of the page: a Turkish İ is an i.
function folded(text) {
  return text.toLocaleLowerCase(document.documentElement.lang || undefined);
}

function enhanceDialog(dialog) {
  const root = dialog.querySelector("[data-search]");
  const output = dialog.querySelector("[data-search-results]");
  const all = dialog.querySelector("[data-all]");
  const showAll = (state) => {
    all.href = address(state);
    all.hidden = !isSearch(state);
  };
  // The styles of results are fetched with the first dialog: most readers of an article open none.
  document.head.append(el("link", { rel: "stylesheet", href: dialog.dataset.styles }));
  const box = new SearchBox({ root, output, state: parseState(""), dialog, onState: showAll });
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  box.input.dataset.ready = "";
  if (box.input.value) box.typed();
  else if (dialog.open) box.showRecent();
}
