// Tells how large the collection is, and how it fills while one watches.

import { json } from "./api.js";
import { byId, element } from "./element.js";
import { count, counted } from "./words.js";

const BUSY_MS = 1500;
const CALM_MS = 15000;
const STILL = 10; // looks without a change after which nothing seems to be under way

/** Watch the numbers; `grown(stats)` hears each time that there are more items than before. */
export function watchCollection(grown) {
  let items = -1;
  let vectors = -1;
  let still = 0;
  const look = async () => {
    let calm = false;
    try {
      const stats = await json("/v1/stats");
      still = stats.items === items && stats.vectors === vectors ? still + 1 : 0;
      calm = still > 0 && (stats.vectors >= stats.items || still > STILL);
      show(stats, items >= 0 && stats.items > items);
      if (items >= 0 && stats.items > items) grown(stats);
      ({ items, vectors } = stats);
    } catch (error) {
      byId("collection").replaceChildren(element("span", {}, error.message));
    }
    setTimeout(look, document.hidden || calm ? CALM_MS : BUSY_MS);
  };
  look();
}

function show(stats, growing) {
  const parts = [element("span", { className: "size" }, counted(stats.items, "picture"))];
  if (stats.vectors > 0 && stats.vectors < stats.items) {
    parts.push(
      element("progress", { max: stats.items, value: stats.vectors, "aria-label": "Understood by meaning" }),
      element("small", {}, `${count(stats.vectors)} understood`),
    );
  } else if (growing) parts.push(element("small", {}, "and growing"));
  byId("collection").replaceChildren(...parts);
}
