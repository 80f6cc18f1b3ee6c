// Finds the figures of a page that can be changed, and gives each its controls. Loaded only where there is one.

const MODELS = {
  buckets: () => import("./buckets.js"),
  metastable: () => import("./metastable.js"),
  rotation: () => import("./rotation.js"),
  saga: () => import("./saga.js"),
  throttling: () => import("./throttling.js"),
  versions: () => import("./versions.js"),
};

for (const [name, load] of Object.entries(MODELS)) {
  for (const drawing of document.querySelectorAll(`svg.interactive-${name}`)) {
    const figure = drawing.closest("figure");
    // Where a model cannot be had, the drawing stays as it is.
    if (figure) load().then((model) => model.show(figure), () => {});
  }
}
