// Shows what the found pictures have in common, to click on, and the filters in use, to take away.

import { sameFilter } from "./address.js";
import { byId, element } from "./element.js";
import { count, fieldName, valueName } from "./words.js";

const FIRST = ["category", "attributes.weight", "tags", "origin"];
const MOST_FIELDS = 8;
const SHOWN = 6; // and a few more where folding would hide only those
const SLACK = 2;
const MOST_VALUES = 30;
const KINDS = ["string", "boolean"];

/** Facets and chips; `toggle(filter)` hears what was clicked. */
export class Facets {
  constructor(toggle) {
    this.toggle = toggle;
    this.fields = [...FIRST];
    this.unfolded = new Set();
    const wide = matchMedia("(min-width: 56rem)");
    const fit = () => (byId("narrow").open = wide.matches);
    wide.addEventListener("change", fit);
    fit();
  }

  /** Remember attributes that these items have, so that the next search counts them too. */
  learn(items) {
    for (const item of items) {
      for (const [name, value] of Object.entries(item.attributes ?? {})) {
        const field = `attributes.${name}`;
        if (this.fields.length >= MOST_FIELDS) return;
        if (KINDS.includes(typeof value) && !this.fields.includes(field)) this.fields.push(field);
      }
    }
  }

  show(facets, filters) {
    const seen = new Set();
    const groups = [];
    for (const field of this.fields) {
      const values = this.worthwhile(facets[field] ?? [], field, filters);
      // Two fields that say the same (a family that is also an attribute) are shown once.
      const digest = JSON.stringify(values.map(({ value, count }) => [value, count]));
      if (values.length === 0 || seen.has(digest)) continue;
      seen.add(digest);
      values.forEach(({ value }) => field !== "tags" && seen.add(String(value).toLowerCase()));
      const fresh = field === "tags" ? newOnes(values, seen, filters) : values;
      groups.push(this.group(field, fresh.slice(0, MOST_VALUES), filters));
    }
    byId("facets").replaceChildren(...groups.filter(Boolean));
    this.showChips(filters);
  }

  /** One value that everything has tells nothing, nor do values that one picture each has. */
  worthwhile(values, field, filters) {
    const used = filters.some((filter) => filter.field === field);
    if (used) return values;
    return values.length > 1 && values[0].count > 1 ? values : [];
  }

  group(field, values, filters) {
    if (values.length === 0) return null;
    const open = this.unfolded.has(field);
    const folds = values.length > SHOWN + SLACK;
    const shown = open || !folds ? values : values.slice(0, SHOWN);
    const name = `facet-${field.replace(/\W+/g, "-")}`;
    return element(
      "section",
      { className: "facet", "aria-labelledby": name },
      element("h2", { id: name }, fieldName(field)),
      element("ul", {}, shown.map(({ value, count: number }) => this.value(field, value, number, filters))),
      folds
        ? element(
            "button",
            {
              className: "plain",
              type: "button",
              "aria-expanded": String(open),
              "data-key": field,
              onclick: () => this.fold(field),
            },
            open ? "Fewer" : `${count(values.length - SHOWN)} more`,
          )
        : null,
    );
  }

  value(field, value, number, filters) {
    const used = filters.some((filter) => sameFilter(filter, { field, value }));
    return element(
      "li",
      {},
      element(
        "button",
        {
          type: "button",
          "aria-pressed": String(used),
          "data-key": keyOf({ field, value }),
          onclick: () => this.toggle({ field, value }),
        },
        element("span", {}, valueName(value)),
        element("small", {}, count(number)),
      ),
    );
  }

  fold(field) {
    if (!this.unfolded.delete(field)) this.unfolded.add(field);
    this.again?.();
    this.focus(field);
  }

  /** Give the focus back to what is drawn anew; tells whether it is still there. */
  focus(key) {
    const button = byId("facets").querySelector(`[data-key="${CSS.escape(key)}"]`);
    button?.focus();
    return Boolean(button);
  }

  showChips(filters) {
    const chips = filters.map((filter) => {
      const text = `${fieldName(filter.field)}: ${valueName(filter.value)}`;
      return chip(text, () => this.toggle(filter));
    });
    byId("chips").replaceChildren(...chips);
  }
}

/** A filter in use, with the button that takes it away. */
export function chip(text, remove) {
  return element(
    "li",
    {},
    element(
      "button",
      { className: "chip", type: "button", "aria-label": `Remove ${text}`, onclick: remove },
      element("span", {}, text),
      element("span", { "aria-hidden": "true", className: "cross" }, "×"),
    ),
  );
}

/** A name for a filter, by which its button is found again. */
export function keyOf({ field, value }) {
  return `${field}:${JSON.stringify(value)}`;
}

function newOnes(values, seen, filters) {
  const used = (value) => filters.some((filter) => sameFilter(filter, { field: "tags", value }));
  return values.filter(({ value }) => used(value) || !seen.has(String(value).toLowerCase()));
}
