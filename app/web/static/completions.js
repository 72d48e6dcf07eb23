// Completes what is being typed: a combobox with a list (WAI-ARIA Authoring Practices).

import { json } from "./api.js";
import { byId, element } from "./element.js";

const PAUSE_MS = 60;
const MOST = 8;
const KINDS = { correction: "spelling", query: "often asked", popular: "often asked" };

/** Complete the search box; `choose(text)` hears which completion was taken. */
export class Completions {
  constructor(choose) {
    this.input = byId("query");
    this.list = byId("completions");
    this.choose = choose;
    this.active = -1;
    this.timer = 0;
    this.pending = null;
    this.input.addEventListener("input", () => this.ask());
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => this.close());
  }

  ask() {
    clearTimeout(this.timer);
    const typed = this.input.value.trim();
    if (!typed) return this.close();
    this.timer = setTimeout(() => this.load(typed), PAUSE_MS);
  }

  async load(typed) {
    this.pending?.abort();
    this.pending = new AbortController();
    try {
      const address = `/v1/suggest?q=${encodeURIComponent(typed)}&limit=${MOST}`;
      const { suggestions } = await json(address, { signal: this.pending.signal });
      if (document.activeElement === this.input && this.input.value.trim() === typed) this.show(suggestions);
    } catch {
      this.close(); // Completions are a convenience: without them one types on.
    }
  }

  show(suggestions) {
    const options = suggestions.map(({ text, kind }, i) =>
      element(
        "li",
        {
          id: `completion-${i}`,
          role: "option",
          "aria-selected": "false",
          "data-text": text,
          onpointerdown: (event) => event.preventDefault(),
          onpointermove: () => this.mark(i),
          onclick: () => this.take(text),
        },
        element("span", {}, text),
        KINDS[kind] ? element("small", {}, KINDS[kind]) : null,
      ),
    );
    this.list.replaceChildren(...options);
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.setOpen(options.length > 0);
  }

  close() {
    clearTimeout(this.timer);
    this.pending?.abort();
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.setOpen(false);
  }

  setOpen(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
  }

  onKey(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.ask();
      else this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && this.active >= 0) {
      event.preventDefault();
      this.take(this.list.children[this.active].dataset.text);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.close();
    }
  }

  /** From the box itself (-1) one goes to either end, and from an end back to the box. */
  move(by) {
    const places = this.list.children.length + 1;
    this.mark(((this.active + 1 + by + places) % places) - 1);
  }

  mark(place) {
    if (this.active === place) return;
    const options = [...this.list.children];
    this.active = place;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
    const chosen = options[this.active];
    if (!chosen) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  take(text) {
    this.input.value = text;
    this.close();
    this.choose(text);
  }
}
