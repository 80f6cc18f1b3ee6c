// What every page gets beyond its HTML: the colour scheme, copy buttons, the reading position, and search when it is wanted.

import { WORDS } from "./words.js";

const SCHEMES = ["system", "light", "dark"];
const WIDE = "(min-width: 78em)";

function followScheme(button) {
  const label = button.querySelector(".scheme-label");
  const root = document.documentElement;
  const show = (scheme) => {
    const next = SCHEMES[(SCHEMES.indexOf(scheme) + 1) % SCHEMES.length];
    label.textContent = WORDS.schemes[scheme];
    button.title = WORDS.scheme(WORDS.schemes[scheme], WORDS.schemes[next]);
    button.setAttribute("aria-label", button.title);
    return next;
  };
  let next = show(root.dataset.scheme ?? "system");
  button.addEventListener("click", () => {
    const scheme = next;
    if (scheme === "system") delete root.dataset.scheme;
    else root.dataset.scheme = scheme;
    next = show(scheme);
    try {
      if (scheme === "system") localStorage.removeItem("colour-scheme");
      else localStorage.setItem("colour-scheme", scheme);
    } catch {
      // Storage is disabled: the choice lasts as long as the page.
    }
  });
}

function addCopyButtons() {
  if (!navigator.clipboard) return;
  const status = document.createElement("p");
  status.className = "visually-hidden";
  status.setAttribute("role", "status");
  for (const figure of document.querySelectorAll("figure.code:not(.output)")) {
    const code = figure.querySelector("code");
    const place = figure.querySelector(".actions");
    if (!code || !place) continue;
    const language = figure.querySelector(".language")?.textContent ?? "";
    const name = (figure.querySelector(".title")?.textContent ?? WORDS.code(language)).trim();
    const button = document.createElement("button");
    // The article around it may be in another language than the interface.
    const { lang } = document.documentElement;
    Object.assign(button, { type: "button", className: "act copy", textContent: WORDS.copy, lang });
    button.setAttribute("aria-label", WORDS.copyName(name));
    button.addEventListener("click", async () => {
      const copied = await navigator.clipboard.writeText(code.textContent.trimEnd()).then(
        () => true,
        () => false,
      );
      button.textContent = copied ? WORDS.copied : WORDS.copyFailed;
      status.textContent = copied ? WORDS.copiedName(name) : WORDS.copyRefused;
      setTimeout(() => {
        button.textContent = WORDS.copy;
        status.textContent = "";
      }, 2000);
    });
    place.append(button);
  }
  document.body.append(status);
}

// The entry of the section that is being read: the last heading above a third of the window.
function followReading(contents) {
  const wide = matchMedia(WIDE);
  const fit = () => {
    contents.open = wide.matches;
  };
  wide.addEventListener("change", fit);
  fit();
  const links = [...contents.querySelectorAll("a")];
  const headings = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  const rail = contents.closest(".contents");
  let current;
  let isAsked = false;
  const look = () => {
    isAsked = false;
    const isAtEnd = scrollY > 0 && innerHeight + scrollY >= document.documentElement.scrollHeight - 2;
    const at = isAtEnd
      ? headings.length - 1
      : headings.findLastIndex((one) => one?.getBoundingClientRect().top < innerHeight / 3);
    if (links[at] === current) return;
    current?.removeAttribute("aria-current");
    current = links[at];
    if (!current) return;
    current.setAttribute("aria-current", "location");
    if (wide.matches && rail.scrollHeight > rail.clientHeight)
      rail.scrollTop = current.offsetTop - rail.clientHeight / 2;
  };
  addEventListener(
    "scroll",
    () => {
      if (!isAsked) requestAnimationFrame(look);
      isAsked = true;
    },
    { passive: true },
  );
  contents.addEventListener("click", (event) => {
    if (event.target.closest("a") && !wide.matches) contents.open = false;
  });
  // With the first picture, whose layout it then finds done.
  requestAnimationFrame(look);
}

function prepareSearch() {
  let loading;
  const load = () => {
    // Without the code of search the box is a form, and its results are a page.
    loading ??= import("./search.js").then(({ start }) => start()).catch(() => {
      loading = undefined;
    });
  };
  document.addEventListener("search-wanted", load);
  const opener = document.querySelector("[data-open-search]");
  for (const type of ["pointerenter", "focus"]) opener?.addEventListener(type, load, { once: true });
  if (document.querySelector(".content [data-search-results]") || document.querySelector("dialog[open]")) load();
}

const schemeButton = document.querySelector("[data-scheme-button]");
if (schemeButton) followScheme(schemeButton);
prepareSearch();
addCopyButtons();
const contents = document.querySelector("[data-toc]");
if (contents) followReading(contents);
// A figure with a model can be changed; its drawing in the page is complete without. The model comes when it is near.
const figures = document.querySelectorAll('svg[class^="interactive-"]');
if (figures.length) {
  const near = new IntersectionObserver(
    (seen) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      near.disconnect();
      import("./figures/show.js").catch(() => {});
    },
    { rootMargin: "100%" },
  );
  for (const figure of figures) near.observe(figure);
}
// A browser that knows no text directives leaves them in the address, where no section is called so.
if (location.hash.includes(":~:")) import("./marks.js").then((marks) => marks.markSearched(location, document.body));
