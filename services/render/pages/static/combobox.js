// The combobox pattern of the ARIA Authoring Practices, with a list box that stays open. The input keeps the focus;
// aria-activedescendant names the option that Enter would follow. It knows options, not what they are about.

export class Combobox {
  // ``list`` gives the element whose options count now.
  constructor(input, controlled, list) {
    Object.assign(this, { input, list, active: undefined });
    const attributes = { role: "combobox", "aria-autocomplete": "list", "aria-keyshortcuts": "/ Control+K" };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    this.control(controlled);
  }

  all() {
    return [...this.list().querySelectorAll("[role=option]")];
  }

  // The list box with the id ``controlled`` is the one that is shown, with whatever options it has.
  control(controlled) {
    this.input.setAttribute("aria-controls", controlled);
    this.input.setAttribute("aria-expanded", String(this.all().length > 0));
  }

  activate(option) {
    this.active?.setAttribute("aria-selected", "false");
    this.active = option;
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  // Whether the key was one of ours. Home and End are the text's own until an option was chosen.
  press(event) {
    const options = this.all();
    const at = options.indexOf(this.active);
    const last = options.length - 1;
    const isChosen = at >= 0;
    const moves = { ArrowDown: at === last ? -1 : at + 1, ArrowUp: isChosen ? at - 1 : last };
    if (isChosen) Object.assign(moves, { Home: 0, End: last });
    if (options.length && event.key in moves) this.activate(options[moves[event.key]]);
    else if (event.key === "Enter" && isChosen) this.active.click();
    else return false;
    event.preventDefault();
    return true;
  }
}
