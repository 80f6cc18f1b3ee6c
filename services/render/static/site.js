// What every page gets beyond its HTML: a copy button on code, the reading position in the table of contents, / and Ctrl-K.

function addCopyButtons() {
  if (!navigator.clipboard) return;
  for (const figure of document.querySelectorAll("figure.code")) {
    const code = figure.querySelector("pre");
    if (!code) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not copied";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    figure.append(button);
  }
}

function followReading() {
  const links = new Map([...document.querySelectorAll("[data-toc] a")].map((link) => [link.hash.slice(1), link]));
  const headings = [...links.keys()].map((id) => document.getElementById(decodeURIComponent(id))).filter(Boolean);
  if (!headings.length) return;
  let current;
  const observer = new IntersectionObserver(() => {
    const passed = headings.filter((heading) => heading.getBoundingClientRect().top < innerHeight / 3);
    const link = links.get(encodeURIComponent((passed.at(-1) ?? headings[0]).id)) ?? links.get((passed.at(-1) ?? headings[0]).id);
    if (link === current) return;
    current?.removeAttribute("aria-current");
    link?.setAttribute("aria-current", "location");
    current = link;
  }, { rootMargin: "0px 0px -66% 0px", threshold: [0, 1] });
  for (const heading of headings) observer.observe(heading);
}

function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function openSearchByKey() {
  document.addEventListener("keydown", (event) => {
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
    const isCtrlK = event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!isSlash && !isCtrlK) return;
    event.preventDefault();
    const input = document.querySelector(".search-input");
    if (input) input.select(), input.focus();
    else location.assign("/#search");
  });
  if (location.hash === "#search") document.querySelector(".search-input")?.focus();
}

addCopyButtons();
followReading();
openSearchByKey();
