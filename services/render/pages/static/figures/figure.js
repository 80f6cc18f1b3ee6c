// What the interactive figures share: the plot's coordinates (those of content/labs/plots/run.py) and their controls.

const [LEFT, RIGHT, TOP, BOTTOM] = [76, 610, 44, 290];

function scale({ low, high, log = false }, start, end) {
  const f = log ? Math.log10 : (value) => value;
  return (value) => start + ((f(Math.min(Math.max(value, low), high)) - f(low)) / (f(high) - f(low))) * (end - start);
}

/** The `d` of a curve through the points. */
export function path(points, x, y) {
  const [across, up] = [scale(x, LEFT, RIGHT), scale(y, BOTTOM, TOP)];
  return `M${points.map(([a, b]) => [across(a).toFixed(1), up(b).toFixed(1)].join(" ")).join("L")}`;
}

function field({ name, label, value, min, max, step = 1, unit = "", options }) {
  const box = document.createElement("label");
  box.append(`${label} `);
  const shown = document.createElement("span");
  shown.className = "figure-value";
  // The slider itself says its value.
  shown.setAttribute("aria-hidden", "true");
  const input = document.createElement(options ? "select" : "input");
  input.name = name;
  if (options) {
    for (const [key, words] of Object.entries(options)) input.add(new Option(words, key, false, key === String(value)));
    box.append(input);
    return { box, read: () => input.value };
  }
  Object.assign(input, { type: "range", min, max, step, value });
  const read = () => Number(input.value);
  const show = () => {
    shown.textContent = `${read().toLocaleString("en")}${unit}`;
    input.setAttribute("aria-valuetext", shown.textContent);
  };
  input.addEventListener("input", show);
  show();
  box.append(input, " ", shown);
  return { box, read };
}

/**
 * Adds controls below a figure. `update` takes their values by name and answers one sentence for the status line.
 * Nothing is changed before the reader touches a control: the drawing in the page is the first state.
 */
export function control(figure, fields, update) {
  const form = document.createElement("form");
  form.className = "figure-controls";
  const status = document.createElement("p");
  status.className = "figure-status";
  status.setAttribute("role", "status");
  const made = fields.map((one) => [one.name, field(one)]);
  form.append(...made.map(([, { box }]) => box), status);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    status.textContent = update(Object.fromEntries(made.map(([name, { read }]) => [name, read()])));
  });
  figure.append(form);
  return form;
}
