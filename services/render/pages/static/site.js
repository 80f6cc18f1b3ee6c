// What every page gets beyond its HTML: the colour scheme, copy buttons, the reading position, and search when it is asked for.

const SCHEMES = ["system", "light", "dark"];
const WIDE = "(min-width: 62em)";

function followScheme(button) {
  const label = button.querySelector(".scheme-label");
  const root = document.documentElement;
  const show = (scheme) => {
    const next = SCHEMES[(SCHEMES.indexOf(scheme) + 1) % SCHEMES.length];
    label.textContent = scheme[0].toUpperCase() + scheme.slice(1);
    button.setAttribute("aria-label", `Colour scheme: ${label.textContent}. Change to ${next}`);
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
      // Storage is switched off: the choice lasts as long as the page.
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
    const name =
      figure.querySelector(".title")?.textContent ?? `${figure.querySelector(".language")?.textContent ?? ""} code`;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${name.trim()}`);
    button.addEventListener("click", async () => {
      const copied = await navigator.clipboard.writeText(code.textContent.trimEnd()).then(
        () => true,
        () => false,
      );
      button.textContent = copied ? "Copied" : "Not copied";
      status.textContent = copied ? `Copied ${name.trim()}` : "The browser did not allow copying";
      setTimeout(() => {
        button.textContent = "Copy";
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
  const nav = contents.closest("nav");
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
    if (wide.matches && nav.scrollHeight > nav.clientHeight) nav.scrollTop = current.offsetTop - nav.clientHeight / 2;
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

function isTyping(target) {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

// The search box of this page if it has one, else the dialog. The code of search is fetched when it is first wanted.
async function goToSearch() {
  const input = document.querySelector(".search-input");
  if (input && !input.closest("dialog")) {
    input.focus();
    input.select();
  } else {
    // Where the code of search cannot be had, its page can.
    const search = await import("./search.js").catch(() => location.assign("/#search"));
    search?.openDialog();
  }
}

function listenForSearch() {
  document.addEventListener("keydown", (event) => {
    const isSlash = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event.target);
    const isCtrlK =
      event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (!isSlash && !isCtrlK) return;
    event.preventDefault();
    goToSearch();
  });
  document.querySelector("[data-open-search]")?.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    goToSearch();
  });
  // Where the code of search cannot be had, the box is a form and its results are pages.
  const enhance = (search) => search?.enhancePage();
  if (document.querySelector("[data-search-results]")) import("./search.js").catch(() => null).then(enhance);
  if (location.hash === "#search") goToSearch();
}

const schemeButton = document.querySelector("[data-scheme-button]");
if (schemeButton) followScheme(schemeButton);
addCopyButtons();
const contents = document.querySelector("[data-toc]");
if (contents) followReading(contents);
listenForSearch();
// A figure with a model can be changed; its drawing in the page is complete without.
if (document.querySelector('svg[class^="interactive-"]')) import("./figures/show.js").catch(() => {});
