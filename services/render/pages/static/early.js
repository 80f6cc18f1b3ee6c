// What cannot wait for the modules. Classic and small on purpose: it runs before the first paint.
(() => {
  // The remembered colour scheme, so that nothing flashes.
  try {
    const scheme = localStorage.getItem("colour-scheme");
    if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
  } catch {
    // Storage is disabled: the system's preference applies.
  }

  // Search opens with the key or the click that asks for it, whatever is still loading: its box is in the page. Keys that
  // are typed before even that has arrived are kept for it.
  let isWanted = false;
  let kept = "";

  const open = () => {
    const own = document.querySelector(".content [data-search] .search-input");
    const dialog = document.getElementById("search-dialog");
    const input = own ?? dialog?.querySelector(".search-input");
    isWanted = !input;
    if (!input) return;
    if (!own && !dialog.open) dialog.showModal();
    input.focus();
    input.select();
    if (kept) {
      input.value = kept;
      kept = "";
      input.dispatchEvent(new Event("input", { bubbles: true }));
    }
    document.dispatchEvent(new Event("search-wanted"));
  };

  const isTyping = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=range])"));

  document.addEventListener("keydown", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const isSlash = event.key === "/" && isPlain && !isTyping(event.target);
    const isCtrlK =
      event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (isWanted && isPlain && event.key.length === 1) {
      kept += event.key;
      event.preventDefault();
    } else if (isSlash || isCtrlK) {
      event.preventDefault();
      open();
    }
  });

  document.addEventListener("click", (event) => {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!isPlain || !event.target.closest?.("[data-open-search]")) return;
    event.preventDefault();
    open();
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (isWanted || location.hash === "#search") open();
    isWanted = false;
  });
})();
