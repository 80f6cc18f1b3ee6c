// The remembered colour scheme, set before the first paint so that nothing flashes. Classic and tiny on purpose: it blocks.
(() => {
  try {
    const scheme = localStorage.getItem("colour-scheme");
    if (scheme === "light" || scheme === "dark") document.documentElement.dataset.scheme = scheme;
  } catch {
    // Storage is switched off: the system's preference applies.
  }
})();
