// One search box with its results: what a person does in it, what is asked, and what is shown. The box keeps the focus while
// somebody types; the arrow keys move the focus through the links of the results, letters bring it back.

import { el } from "./element.js";
import { ROOT } from "./root.js";
import { Busy, Refused, ask, reportOpened } from "./search-fetch.js";
import { forgetSearches, hintNodes, recentNodes, remember } from "./search-recent.js";
import { isSearch, parseState, withText } from "./search-state.js";
import { WORDS } from "./search-words.js";

// A letter takes a fast typist as long: what is typed in one go is asked once.
const PAUSE_MS = 65;
const WAITING_MS = 150;
// Later than the results, so that a screen reader finishes the letters that are being typed.
const SAY_MS = 500;

export class SearchBox {
  constructor({ root, output, state, dialog = null, onState = () => {}, onShown = () => {}, onEmpty = () => {}, rows }) {
    const input = root.querySelector(".search-input");
    Object.assign(this, { root, input, output, state, dialog, onState, onShown, onEmpty, rows, sequence: 0 });
    // Results that were asked for, rather than typed on the way to others, stay a place in the history.
    this.isCommitted = isSearch(state);
    this.isOpen = {};
    this.status = el("p", { class: "visually-hidden", role: "status" });
    this.recent = el("div", { class: "recent", hidden: true });
    root.append(this.recent, el("div", { class: "progress", "aria-hidden": "true" }), this.status);
    input.setAttribute("aria-keyshortcuts", "/ Control+K");
    this.listen();
  }

  listen() {
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("focus", () => this.showRecent());
    this.input.form.addEventListener("submit", (event) => this.submitted(event));
    this.output.addEventListener("click", (event) => this.clicked(event));
    this.recent.addEventListener("click", (event) => this.clickedRecent(event));
    for (const node of [this.root, this.output]) node.addEventListener("keydown", (event) => this.pressed(event));
    this.root.addEventListener("focusout", (event) => {
      if (!this.root.contains(event.relatedTarget)) this.hideRecent();
    });
    addEventListener("online", () => this.isUnreachable && this.run({ isPartial: false }));
  }

  typed() {
    this.hideRecent();
    const previous = this.state;
    this.state = withText(previous, this.input.value);
    this.onState(this.state, { isNew: !isSearch(previous) || this.isCommitted });
    this.isCommitted = this.isEntered = false;
    clearTimeout(this.timer);
    clearTimeout(this.saying); // a count of what is no longer typed
    this.stop(); // an answer to what is no longer typed would offer its own text again, in filters and links
    this.output.setAttribute("aria-busy", "true");
    if (!isSearch(this.state)) return this.empty();
    this.timer = setTimeout(() => this.run({ isPartial: true }), PAUSE_MS);
  }

  // Enter leads to the best answer, once it is there for what is typed; without one all results are shown.
  submitted(event) {
    if (!this.input.value.trim()) return event.preventDefault();
    remember(this.input.value);
    event.preventDefault();
    this.hideRecent();
    this.isEntered = this.isCommitted = true;
    if (this.output.getAttribute("aria-busy") === "true") return;
    this.enter();
  }

  enter() {
    if (!this.isEntered) return;
    this.isEntered = false;
    const best = this.isUnreachable ? null : this.output.querySelector("[data-best]");
    if (best) best.click();
    else if (this.dialog) location.assign(`${ROOT}?q=${encodeURIComponent(this.input.value.trim())}`);
    else this.apply(withText(this.state, this.input.value));
  }

  clicked(event) {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    if (link.closest(".hits") && !link.matches(".more, .pager a")) {
      remember(this.input.value);
      // On the page of results its address tells the server as much; in the dialog nothing else does.
      if (this.dialog) reportOpened(this.state, this.links(".hits:not(.by-meaning) .hit").indexOf(link.closest(".hit")) + 1);
    }
    const url = new URL(link.href);
    if (this.dialog) {
      if (url.pathname === location.pathname && url.pathname !== ROOT) this.dialog.close();
      if (link.dataset.key !== "exact") return;
    }
    if (url.pathname !== ROOT || url.origin !== location.origin) return;
    event.preventDefault();
    const known = this.links(".hits:not(.by-meaning) .hit-title a").length;
    const shown = this.apply(parseState(url.search));
    if (link.matches(".more")) shown.then(() => this.links(".hits:not(.by-meaning) .hit-title a")[known]?.focus({ preventScroll: event.detail > 0 }));
    else if (link.matches(".pager a")) shown.then(() => this.readFrom(event.detail > 0));
  }

  // Another page of results is read from its first one.
  readFrom(isByPointer) {
    this.root.scrollIntoView();
    if (!isByPointer) this.links(".hit-title a")[0]?.focus({ preventScroll: true });
  }

  clickedRecent(event) {
    const link = event.target.closest("[data-recent]");
    if (link) {
      event.preventDefault();
      this.input.focus();
      this.hideRecent();
      this.apply(withText(this.state, link.dataset.recent));
    } else if (event.target.closest("[data-forget]")) {
      forgetSearches();
      this.input.focus();
      this.hideRecent();
      this.say(WORDS.recentCleared);
    }
  }

  links(selector) {
    return [...this.output.querySelectorAll(selector)];
  }

  // The links that the arrow keys lead through.
  choices() {
    if (!this.recent.hidden) return [...this.recent.querySelectorAll("a")];
    return this.links(".row-title a, .hit-heading a");
  }

  pressed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const isInBox = event.target === this.input;
    const choices = this.choices();
    const best = choices.findIndex((one) => "best" in one.dataset);
    const at = isInBox ? best : choices.indexOf(event.target.closest("a"));
    const moves = { ArrowDown: at + 1, ArrowUp: at - 1 };
    if (!isInBox && at >= 0) Object.assign(moves, { Home: 0, End: choices.length - 1 });
    if (event.key in moves && (isInBox || at >= 0)) {
      event.preventDefault();
      this.choose(choices, moves[event.key], isInBox);
    } else if (event.key === "Escape") {
      this.escape(event, isInBox);
    } else if (!isInBox && at >= 0 && event.key.length === 1 && event.key !== " ") {
      this.input.focus(); // the letter lands in the box
    }
  }

  choose(choices, at, isInBox) {
    if (!choices.length && isInBox && at >= 0) return this.showRecent();
    if (at < 0 && !isInBox) return this.input.focus();
    const choice = choices[Math.min(Math.max(at, 0), choices.length - 1)];
    choice?.focus({ preventScroll: true });
    choice?.closest(".hit-section, .row-words, li")?.scrollIntoView({ block: "nearest" });
  }

  escape(event, isInBox) {
    event.preventDefault();
    if (!isInBox) this.input.focus();
    else if (!this.recent.hidden && !this.dialog) this.hideRecent();
    else if (this.dialog) this.dialog.close();
    else if (this.input.value) {
      this.input.value = "";
      this.typed();
    }
  }

  // What an empty box offers: the last searches; in the dialog, which has room, what can be typed as well.
  showRecent() {
    if (this.input.value || isSearch(this.state)) return;
    const nodes = [...recentNodes(), ...(this.dialog ? hintNodes() : [])];
    this.recent.replaceChildren(...nodes);
    this.recent.hidden = !nodes.length;
  }

  hideRecent() {
    if (this.dialog && !this.input.value) return;
    this.recent.hidden = true;
    this.recent.replaceChildren();
  }

  // Show ``state`` at once, as a new place in the history unless it comes from there.
  apply(state, { isFromHistory = false } = {}) {
    clearTimeout(this.timer);
    this.state = state;
    this.isCommitted = true;
    if (this.input.value !== state.text) this.input.value = state.text;
    if (!isFromHistory) this.onState(state, { isNew: true });
    return isSearch(state) ? this.run({ isPartial: false }) : this.empty();
  }

  empty() {
    this.stop();
    this.show([]);
    this.onEmpty();
    this.say("");
    if (document.activeElement === this.input) this.showRecent();
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
      const nodes = await ask(this.state, { isPartial, isBrief: Boolean(this.dialog) }, this.abort.signal);
      if (!isCurrent()) return;
      this.isUnreachable = false;
      this.showFound(nodes);
    } catch (error) {
      if (isCurrent()) this.showFailure(error);
    } finally {
      if (isCurrent()) {
        this.stop();
        this.enter();
      }
    }
  }

  showFound(nodes) {
    for (const facet of this.links("[data-facet]")) this.isOpen[facet.dataset.facet] = facet.open;
    this.show(nodes);
    const best = this.output.querySelector("[data-best]");
    const notice = this.output.querySelector(".notice")?.textContent ?? "";
    const count = this.output.querySelector(".result-count")?.textContent;
    const parts = [notice, count ? WORDS.found(count) : WORDS.nothing, best ? WORDS.best(best.textContent) : ""];
    this.say(parts.map((part) => part.trim().replace(/\s+/g, " ")).filter(Boolean).join(" "));
  }

  showFailure(error) {
    if (error instanceof Busy) {
      this.timer = setTimeout(() => this.run({ isPartial: false }), error.delay_ms);
      return;
    }
    if (error instanceof Refused) {
      this.show([el("p", { class: "notice" }, error.message)]);
      return this.say(error.message);
    }
    this.isUnreachable = true;
    const rows = this.rows?.(this.state) ?? [];
    const words = rows.length ? WORDS.unreachable : WORDS.offline;
    const retry = el("button", { class: "button", type: "button" }, WORDS.tryAgain);
    retry.addEventListener("click", () => this.run({ isPartial: false }));
    const notices = el("div", { class: "notices" }, el("p", { class: "notice notice-degraded" }, words));
    this.show([notices, el("section", { class: "rows hits" }, ...rows), el("p", { class: "retry" }, retry)]);
    this.say(words);
  }

  show(nodes) {
    const focused = document.activeElement;
    const hadFocus = this.output.contains(focused);
    const { key } = focused?.closest?.("[data-key]")?.dataset ?? {};
    this.output.replaceChildren(...nodes);
    for (const facet of this.links("[data-facet]")) facet.open = this.isOpen[facet.dataset.facet] ?? false;
    this.onShown(this.state);
    if (!hadFocus) return;
    // Who pressed a filter or an order stays on it.
    const same = this.output.querySelector(`[data-key="${CSS.escape(key ?? "")}"]`);
    (same ?? this.input).focus({ preventScroll: true });
  }

  // One live region for counts and states, and each of them said once.
  say(text) {
    clearTimeout(this.saying);
    this.saying = setTimeout(() => {
      if (this.status.textContent !== text) this.status.textContent = text;
    }, SAY_MS);
  }
}
