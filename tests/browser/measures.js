// What tests measure in a page. It runs before the page's own scripts, in its world.

window.measures = { shifts: 0, allShifts: 0 };

// The sum of layout shifts that no reader caused: CLS without its session windows, so never less.
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    measures.allShifts += entry.value;
    if (!entry.hadRecentInput) measures.shifts += entry.value;
  }
}).observe({ type: "layout-shift", buffered: true });

measures.headingLevels = () =>
  [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].map((heading) => Number(heading.tagName[1]));

// Which part of the page has the focus.
measures.place = () => {
  const places = ["masthead", "head", "toc", "series-box", "prose", "next", "related", "neighbours", "colophon"];
  return places.find((place) => document.activeElement.closest(`.${place}`)) ?? null;
};

// The focused element, unless it (or what stands around it) has an outline of two pixels or more.
measures.unseenFocus = () => {
  const one = document.activeElement;
  const hasRing = (node) => {
    const style = getComputedStyle(node);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  };
  return hasRing(one) || hasRing(one.parentElement) ? null : one.outerHTML.slice(0, 120);
};

// WCAG 2.5.8: targets under 24 by 24 pixels whose circle of that diameter meets another target. Links in text are exempt.
measures.smallTargets = () => {
  const isShown = (one) =>
    one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !one.disabled && !one.closest(".skip, .prose p, .prose li, .sidenote, .lead, .label, .strip, .facts-list, .reference-list");
  const targets = [...document.querySelectorAll("a, button, summary, input:not([type=hidden])")].filter(isShown);
  const boxes = targets.map((one) => ({ one, box: one.getBoundingClientRect() }));
  const meets = (a, b) => {
    if (a === b || a.one.contains(b.one) || b.one.contains(a.one)) return false;
    const x = a.box.x + a.box.width / 2;
    const y = a.box.y + a.box.height / 2;
    const dx = Math.max(b.box.left - x, 0, x - b.box.right);
    const dy = Math.max(b.box.top - y, 0, y - b.box.bottom);
    return Math.hypot(dx, dy) < 12;
  };
  const small = boxes.filter(({ box }) => box.width > 1 && (box.width < 24 || box.height < 24));
  return small.filter((a) => boxes.some((b) => meets(a, b))).map(({ one }) => one.outerHTML.slice(0, 100));
};

// Pairs of texts in ``selector`` of which one covers a part of the other.
measures.overlaps = (selector) => {
  const isShown = (one) => one.checkVisibility() && !one.closest(".visually-hidden, svg") && one.textContent.trim();
  const texts = [...document.querySelector(selector).querySelectorAll("h1, h2, h3, p, time, li")].filter(isShown);
  const boxes = texts.map((one) => {
    const range = new Range();
    range.selectNodeContents(one);
    return { one, box: range.getBoundingClientRect() };
  });
  const meets = (a, b) =>
    Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 3 &&
    Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 5;
  const name = ({ one }) => one.textContent.trim().slice(0, 40);
  return boxes.flatMap((a, at) =>
    boxes.slice(at + 1).filter((b) => !a.one.contains(b.one) && meets(a, b)).map((b) => [name(a), name(b)]),
  );
};

// The contrast of the text of the first element of each selector with the page (WCAG 2.2, relative luminance).
measures.contrast = (...selectors) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (colour) => {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data]
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = luminance(getComputedStyle(document.body).backgroundColor);
  return selectors.map((selector) => {
    const text = luminance(getComputedStyle(document.querySelector(selector)).color);
    return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
  });
};
