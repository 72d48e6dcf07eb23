// Shows one hit: its picture, what it is called, why it is here, and what one can do with it.

import { picture } from "./pictures.js";
import { element } from "./element.js";
import { figure, itemName } from "./words.js";

/** Return the list entry of a hit; `on.like(hit)` and `on.about(hit)` hear its buttons. */
export function card(hit, on) {
  const name = itemName(hit.item);
  return element(
    "li",
    { className: hit.origin === "generated" ? "card generated" : "card", "data-id": hit.id },
    element(
      "div",
      { className: "frame" },
      element(
        "button",
        { className: "tile", type: "button", "aria-label": `About ${name}`, onclick: () => on.about(hit) },
        hit.image_url ? picture(hit.image_url, "") : element("span", { className: "words" }, hit.item.text || name),
        hit.origin === "generated" ? element("span", { className: "seal" }, "made") : null,
      ),
      element(
        "button",
        { className: "like", type: "button", "aria-label": `More like this: ${name}`, onclick: () => on.like(hit) },
        "More like this",
      ),
    ),
    element("h3", { title: name }, name),
    element("p", { className: "where" }, whereabouts(hit.item)),
    why(hit),
    badges(hit),
  );
}

/** The strongest reason; that everything is listed is no news on every picture of a front page. */
function why({ reasons }) {
  const [first] = reasons.filter(({ code }) => code !== "listed");
  return first ? element("p", { className: "why" }, first.text) : null;
}

/** Which branches found a hit, and at which rank. */
export function badges(hit) {
  const ranks = Object.entries(hit.branches ?? {}).filter(([branch]) => branch !== "browse");
  ranks.sort(([, one], [, other]) => one.rank - other.rank);
  return element(
    "ul",
    { className: "badges" },
    ranks.map(([branch, { rank, score }]) =>
      element(
        "li",
        { title: `Branch ${branch}: rank ${rank}, score ${figure(score)}` },
        branch,
        " ",
        element("b", {}, String(rank)),
      ),
    ),
  );
}

/** Family and weight of an icon, or the category of anything else. */
export function whereabouts(item) {
  const parts = [item.category, item.attributes?.weight];
  return parts.filter((part) => typeof part === "string" && part).join(" · ");
}
