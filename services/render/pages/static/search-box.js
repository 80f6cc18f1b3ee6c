// One search box with its results: what a person does in it, what is asked, and what is shown.

import { Combobox } from "./combobox.js";
import { el } from "./element.js";
import { Refused, ask, helpWithNothing } from "./search-fetch.js";
import { FILTERS, change, forgetSearches, isSearch, parseState, recentSearches, remember } from "./search-state.js";
import { notice, plural, recentNodes, resultNodes } from "./search-view.js";

const PAUSE_MS = 90;
const WAITING_MS = 150;
// Later than the results, so that a screen reader finishes the letters that are being typed.
const SAY_MS = 500;

export class SearchBox {
  constructor({
    name,
    root,
    input,
    output,
    state,
    isCompact = false,
    onState = () => {},
    onShown = () => {},
    onEmpty = () => {},
    cards = () => [],
  }) {
    Object.assign(this, { name, root, input, output, state, isCompact, onState, onShown, onEmpty, cards });
    this.sequence = 0;
    this.isWide = matchMedia("(min-width: 62em)").matches;
    this.isOpen = Object.fromEntries(FILTERS.map(({ name }) => [name, this.isWide]));
    this.unfold();
    this.status = el("p", { class: "visually-hidden", role: "status" });
    this.recent = el("div", { class: "recent", hidden: true });
    const progress = el("div", { class: "progress", "aria-hidden": "true" });
    root.append(this.recent, progress, this.status);
    this.options = new Combobox(input, `${name}-options`, () => (this.recent.hidden ? output : this.recent));
    this.listen();
  }

  listen() {
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("focus", () => this.showRecent());
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.hideRecent();
    });
    this.input.form.addEventListener("submit", (event) => this.submitted(event));
    this.output.addEventListener("click", (event) => this.clicked(event));
    this.recent.addEventListener("click", (event) => this.clickedRecent(event));
    addEventListener("online", () => this.isAway && this.run({ isPartial: false }));
  }

  // The filters that the server sent are closed, and shown by their style alone where there is room for them.
  unfold() {
    for (const facet of this.output.querySelectorAll(".facet-wide")) {
      facet.classList.remove("facet-wide");
      facet.open = this.isWide;
    }
  }

  typed() {
    this.hideRecent();
    const previous = this.state;
    this.state = change(previous, { text: this.input.value });
    this.onState(this.state, { isNew: !isSearch(previous) || this.isCommitted });
    this.isCommitted = false;
    clearTimeout(this.timer);
    this.stop(); // an answer to what is no longer typed would offer its own text again, in chips and links
    this.output.setAttribute("aria-busy", "true");
    if (!isSearch(this.state)) return this.empty();
    this.timer = setTimeout(() => this.run({ isPartial: true }), PAUSE_MS);
  }

  submitted(event) {
    remember(this.input.value);
    this.isCommitted = true;
    if (this.isCompact || !this.input.value.trim()) return; // the form leads to the page of results
    event.preventDefault();
    this.hideRecent();
    this.apply(change(this.state, { text: this.input.value }));
  }

  clicked(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const url = new URL(link.href);
    if (link.getAttribute("role") === "option") remember(this.input.value);
    if (this.isCompact && !link.dataset.key) return;
    if (url.pathname !== "/" || url.origin !== location.origin || link.dataset.page) return;
    event.preventDefault();
    const { page } = this.state;
    const known = this.options.all().length;
    const shown = this.apply(parseState(url.search));
    if (link.matches(".more")) shown.then(() => this.read(this.state.page === page ? known : 0, !event.detail));
  }

  // More results, or another page of them, go on where they begin: whoever came by keyboard is led to the first of them.
  read(first, isByKey) {
    if (isByKey) {
      this.input.focus({ preventScroll: true });
      this.options.activate(this.options.all()[first]);
    } else if (!first) {
      this.output.scrollIntoView();
    }
  }

  clickedRecent(event) {
    const link = event.target.closest("[data-recent]");
    if (link) {
      event.preventDefault();
      this.input.focus();
      this.hideRecent();
      this.apply(change(this.state, { text: link.dataset.recent }));
    } else if (event.target.closest("[data-forget]")) {
      forgetSearches();
      this.input.focus();
      this.hideRecent();
      this.say("Recent searches cleared");
    }
  }

  pressed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (this.options.press(event)) return;
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.enter();
    } else if (event.key === "Escape") {
      this.escape(event);
    }
  }

  // Down where there are no options yet: ask for them, or go to what the server sent.
  enter() {
    if (!isSearch(this.state)) return this.showRecent();
    if (this.isAway) return this.output.querySelector(".hit-title a")?.focus();
    this.run({ isPartial: false }).then(() => this.options.activate(this.options.all()[0]));
  }

  escape(event) {
    if (this.options.active || !this.recent.hidden) {
      event.preventDefault();
      this.options.activate(undefined);
      this.hideRecent();
    } else if (this.isCompact) {
      event.preventDefault();
      this.root.closest("dialog").close();
    } else if (this.input.value) {
      event.preventDefault();
      this.input.value = "";
      this.typed();
    }
  }

  showRecent() {
    const texts = recentSearches();
    if (this.input.value || isSearch(this.state) || !texts.length) return;
    this.recent.replaceChildren(...recentNodes(`${this.name}-recent`, texts));
    this.recent.hidden = false;
    this.options.control(`${this.name}-recent-options`);
  }

  hideRecent() {
    if (this.recent.hidden) return;
    this.options.activate(undefined);
    this.recent.hidden = true;
    this.recent.replaceChildren();
    this.options.control(`${this.name}-options`);
  }

  // Show ``state`` at once, as a new place in the history unless it comes from there.
  apply(state, { isFromHistory = false } = {}) {
    clearTimeout(this.timer);
    this.state = state;
    if (this.input.value !== state.text) this.input.value = state.text;
    if (!isFromHistory) this.onState(state, { isNew: true });
    return isSearch(state) ? this.run({ isPartial: false }) : this.empty();
  }

  empty() {
    this.stop();
    this.show([]);
    this.onEmpty();
    this.say("");
  }

  // Nothing that was asked is waited for any more.
  stop() {
    this.sequence += 1;
    this.abort?.abort();
    this.output.setAttribute("aria-busy", "false");
    clearTimeout(this.waiting);
    for (const node of [this.root, this.output]) node.classList.remove("is-waiting");
  }

  // Ask for the current state. An answer is shown only if nothing was asked after it.
  async run({ isPartial }) {
    this.stop();
    this.output.setAttribute("aria-busy", "true");
    const sequence = this.sequence;
    const isCurrent = () => sequence === this.sequence;
    this.abort = new AbortController();
    this.waiting = setTimeout(() => {
      for (const node of [this.root, this.output]) node.classList.add("is-waiting");
    }, WAITING_MS);
    try {
      const answer = await ask(this.state, isPartial, this.abort.signal);
      if (!isCurrent()) return;
      this.isAway = !answer.found;
      if (answer.found) await this.showFound(answer.found, isCurrent);
      else this.showAway(answer.page);
    } catch (error) {
      if (isCurrent()) this.showFailure(error);
    } finally {
      if (isCurrent()) this.stop();
    }
  }

  async showFound(found, isCurrent) {
    for (const facet of this.output.querySelectorAll("[data-facet]")) this.isOpen[facet.dataset.facet] = facet.open;
    this.show(resultNodes(this.name, this.state, found, this));
    const how = found.correction ? `Showing results for ${found.correction.text}` : "";
    this.say(found.total ? `${plural(found.total)} found. ${how}` : "Nothing found");
    if (found.total) return;
    const help = await helpWithNothing(this.state, this.abort.signal).catch(() => null);
    if (isCurrent())
      this.output.append(help ?? notice("Nothing found. Try fewer or other words, or take away a filter."));
  }

  showAway(nodes) {
    this.show(nodes);
    this.unfold();
    const said = [...this.output.querySelectorAll(".notice, .result-count")];
    this.say(said.map((node) => node.textContent.trim()).join(" "));
  }

  showFailure(error) {
    if (error instanceof Refused) {
      this.show([notice(error.message)]);
      return this.say(error.message);
    }
    this.isAway = true;
    const hits = this.cards(this.state);
    const retry = el("button", { class: "button", type: "button" }, "Try again");
    retry.addEventListener("click", () => this.run({ isPartial: false }));
    const words = hits.length
      ? "Search cannot be reached. These articles of this page match."
      : "Search cannot be reached. Are you offline?";
    const results = {
      total: hits.length,
      hits,
      facets: {},
      correction: null,
      matched: "all",
    };
    // The count and the hits; all results are not to be had.
    const found = hits.length ? resultNodes(this.name, this.state, results, { isCompact: true }).slice(0, 2) : [];
    this.show([el("p", { class: "notice notice-degraded" }, `${words} `), ...found, el("p", {}, retry)]);
    this.say(words);
  }

  show(nodes) {
    const key = document.activeElement?.closest?.("[data-key]")?.dataset.key;
    const hadFocus = this.output.contains(document.activeElement);
    // A result that was chosen stays chosen while newer answers still have it.
    const chosen = this.recent.hidden ? this.options.active?.href : undefined;
    this.options.activate(undefined);
    this.output.replaceChildren(...nodes);
    this.onShown(this.state);
    this.options.control(`${this.name}-options`);
    if (chosen) this.options.activate(this.options.all().find((option) => option.href === chosen));
    if (!hadFocus) return;
    // Whoever pressed a filter or an order stays on it; whoever asked for more is not led past it.
    const same = this.output.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);
    (same ?? this.input).focus({ preventScroll: key === "more" });
  }

  say(text) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      this.status.textContent = text;
    }, SAY_MS);
  }
}
