// Live reload for authors: only present when the site is served with it.

let version;

function showProblems({ problems, count }) {
  document.querySelector(".live-problems")?.remove();
  if (!problems.length) return;
  const box = document.createElement("section");
  box.className = "live-problems";
  box.setAttribute("role", "alert");
  const heading = document.createElement("h2");
  heading.textContent = count === 1 ? "One problem in the content" : `${count} problems in the content`;
  const list = document.createElement("ul");
  for (const problem of problems) {
    const item = document.createElement("li");
    item.textContent = problem;
    list.append(item);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.textContent = "Close";
  close.addEventListener("click", () => box.remove());
  box.append(heading, list, close);
  document.body.append(box);
}

new EventSource("/_live").addEventListener("state", (event) => {
  const state = JSON.parse(event.data);
  // After a restart of the server the first state heard differs in kind, not in number: reload only on a real step.
  if (version !== undefined && state.version !== version) location.reload();
  version = state.version;
  showProblems(state);
});
