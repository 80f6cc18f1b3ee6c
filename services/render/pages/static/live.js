// Live reload for authors: only present when the site is served with it.

import { el } from "./element.js";
import { plural } from "./numbers.js";
import { ROOT } from "./root.js";

const contentErrors = (count) => plural(ngettext("%(count)s content error", "%(count)s content errors"), count);

let version;

function showProblems({ problems, count }) {
  document.querySelector(".live-problems")?.remove();
  if (!problems.length) return;
  const close = el("button", { type: "button" }, gettext("Close"));
  const items = problems.map((problem) => el("li", {}, problem));
  const heading = el("h2", {}, contentErrors(count));
  const box = el("section", { class: "live-problems", role: "alert" }, heading, el("ul", {}, ...items), close);
  close.addEventListener("click", () => box.remove());
  document.body.append(box);
}

new EventSource(`${ROOT}_live`).addEventListener("state", (event) => {
  const state = JSON.parse(event.data);
  // After a restart of the server the first state heard differs in kind, not in number: reload only on a real step.
  if (version !== undefined && state.version !== version) location.reload();
  version = state.version;
  showProblems(state);
});
