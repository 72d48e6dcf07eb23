// Opens one hit: the picture large, every fact, and the sum of numbers that put it at its place.

import { fileName, keepLink, outlines } from "./keep.js";
import { picture } from "./pictures.js";
import { badges, whereabouts } from "./cards.js";
import { byId, element } from "./element.js";
import { fieldName, figure, itemName, valueName } from "./words.js";

const FACTS = ["text", "tags", "language", "popularity", "created_at"];

/** Show a hit in the dialog; `on.like(hit)` and `on.vary(hit)` hear “More like this” and “Vary it”. */
export function showAbout(hit, on) {
  const dialog = byId("about");
  const name = itemName(hit.item);
  const close = () => dialog.close();
  dialog.replaceChildren(
    element(
      "div",
      { className: "line" },
      element("h2", { id: "about-name" }, name),
      element("button", { className: "plain", type: "button", onclick: close }, "Close"),
    ),
    element(
      "div",
      { className: "sheet" },
      element("div", { className: "large" }, hit.image_url ? element("div", { className: "plate" }, picture(hit.image_url, name, 256)) : null, links(hit, on, close)),
      element("div", { className: "facts" }, element("p", { className: "quiet" }, whereabouts(hit.item)), why(hit), facts(hit.item)),
    ),
  );
  dialog.setAttribute("aria-labelledby", "about-name");
  dialog.onclick = (event) => event.target === dialog && close();
  dialog.showModal();
}

function links(hit, on, close) {
  const then = (next) => () => {
    close();
    next(hit);
  };
  const button = (words, next) => element("button", { className: "button", type: "button", onclick: then(next) }, words);
  const kind = (hit.item.media_type ?? "image/png").replace("image/", "").replace("jpeg", "jpg");
  const keep = (address, ending, words) =>
    keepLink(address, fileName(itemName(hit.item), ending), words, { className: "button" });
  return element(
    "div",
    { className: "line deeds" },
    button("More like this", on.like),
    hit.image_url ? button("Vary it", on.vary) : null,
    hit.image_url ? keep(hit.image_url, kind, "Download") : null,
    hit.image_url ? keep(outlines(hit.image_url, true), "svg", "SVG") : null,
  );
}

function why(hit) {
  const sentences = hit.reasons.map(({ text }) => element("li", {}, text));
  return element(
    "section",
    {},
    element("h3", {}, "Why it is here"),
    element("ul", { className: "reasons" }, sentences),
    badges(hit),
    hit.explanation ? element("ul", { className: "tree" }, branch(hit.explanation, largest(hit.explanation))) : null,
  );
}

/** A node of the explanation; the bar's length is its share of the largest contribution. */
function branch(node, most) {
  const bar = element("span", { className: node.contribution < 0 ? "bar down" : "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(most ? Math.abs(node.contribution) / most : 0));
  const value = node.value === undefined ? "" : typeof node.value === "number" ? figure(node.value) : node.value;
  return element(
    "li",
    {},
    element(
      "div",
      { className: "node" },
      element("span", { className: "what" }, node.name, value === "" ? null : element("small", {}, ` ${value}`)),
      element("span", { className: "much" }, figure(node.contribution)),
      bar,
    ),
    node.children?.length ? element("ul", {}, node.children.map((child) => branch(child, most))) : null,
  );
}

function largest(node) {
  return Math.max(Math.abs(node.contribution), ...(node.children ?? []).map(largest));
}

function facts(item) {
  const rows = FACTS.filter((name) => item[name] !== undefined).map((name) => [fieldName(name), item[name]]);
  for (const [name, value] of Object.entries(item.attributes ?? {})) rows.push([fieldName(name), value]);
  for (const [name, value] of Object.entries(item.receipt ?? {})) {
    if (typeof value !== "object") rows.push([fieldName(name), value]);
  }
  rows.push(["Id", item.id]);
  return element(
    "section",
    {},
    element("h3", {}, "What is known"),
    element(
      "dl",
      {},
      rows.map(([name, value]) => [
        element("dt", {}, name),
        element("dd", {}, Array.isArray(value) ? value.join(", ") : valueName(value)),
      ]),
    ),
  );
}
