// Wires the page: what is searched for lives in the address, everything else follows from it.

import { showAbout } from "./about.js";
import { readAddress, sameFilter, writeAddress } from "./address.js";
import { json } from "./api.js";
import { watchCollection } from "./collection.js";
import { Completions } from "./completions.js";
import { watchDoor } from "./door.js";
import { byId, element } from "./element.js";
import { chip, Facets, keyOf } from "./facets.js";
import { Results } from "./results.js";
import { Studio } from "./studio.js";
import { itemName } from "./words.js";

let wanted = readAddress();
let answer = null;

const completions = new Completions((text) => go({ query: text, like: null, filters: wanted.filters }));
const facets = new Facets(toggle);
const results = new Results({
  like: goLike,
  about: (hit) => showAbout(hit, { like: goLike, vary }),
  make: () => {
    byId("hint").replaceChildren();
    studio.open(wanted.query, true);
  },
  busy: () => studio.isOpen,
  correct: (query) => go({ ...wanted, query }),
  trouble,
});
const studio = new Studio(joined);
facets.again = () => answer && facets.show(answer.facets, wanted.filters);

/** Search for something else, and leave a step to go back to. */
function go(next) {
  wanted = next;
  writeAddress(wanted);
  scrollTo({ top: 0 });
  return run();
}

/** Add or take away a filter; the keyboard stays on it, or where it was offered is gone, at the results. */
async function toggle(filter) {
  const rest = wanted.filters.filter((other) => !sameFilter(other, filter));
  const filters = rest.length < wanted.filters.length ? rest : [...wanted.filters, filter];
  await go({ ...wanted, filters });
  if (lostFocus() && !facets.focus(keyOf(filter))) byId("results").focus({ preventScroll: true });
}

async function goLike(hit) {
  await go({ query: "", like: hit.id, filters: [] });
  if (lostFocus()) byId("results").focus({ preventScroll: true });
}

/** Draw a hit's picture again, differently. */
function vary(hit) {
  studio.vary(hit.id, itemName(hit.item));
}

/** What had the focus was drawn anew, and nothing has it now. */
function lostFocus() {
  return document.activeElement === null || document.activeElement === document.body;
}

async function run() {
  const own = wanted;
  byId("query").value = own.query;
  document.title = own.query ? `${own.query} · Trouvere` : "Trouvere";
  byId("trouble").replaceChildren();
  try {
    answer = await results.search(own, facets.fields);
    facets.learn(answer.hits.map((hit) => hit.item));
    facets.show(answer.facets, own.filters);
    if (own.like) showLike(own);
  } catch (error) {
    if (error.name !== "AbortError") trouble(error);
  }
}

/** Name the item that the list is like, as a chip that can be taken away. */
async function showLike(own) {
  const item = await json(`/v1/items/${own.like.split("/").map(encodeURIComponent).join("/")}`).catch(() => null);
  if (wanted !== own) return;
  const name = item ? itemName(item) : own.like;
  byId("chips").prepend(chip(`Like: ${name}`, () => go({ ...own, like: null })));
}

/** A picture was made and kept: it stands before the found ones, as any search will now find it. */
async function joined(id, address) {
  const path = `/v1/items/${id.split("/").map(encodeURIComponent).join("/")}`;
  const item = await json(path).catch(() => ({ id, title: "" }));
  const reasons = [{ code: "made_now", text: "You made it just now." }];
  results.add({ id, origin: "generated", item, image_url: item.image_url ?? address, branches: {}, reasons });
}

function trouble(error) {
  const again = element("button", { className: "button", type: "button", onclick: run }, "Try again");
  byId("trouble").replaceChildren(element("p", {}, error.message), again);
}

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  completions.close();
  go({ query: byId("query").value.trim(), like: null, filters: wanted.filters });
});
byId("make").addEventListener("click", () => {
  const prompt = byId("query").value.trim();
  if (studio.isOpen && !prompt) studio.setOpen(false);
  else studio.open(prompt, Boolean(prompt));
  if (prompt && prompt !== wanted.query) go({ query: prompt, like: null, filters: [] });
});
addEventListener("popstate", () => {
  wanted = readAddress();
  run();
});

watchDoor();
watchCollection(() => {
  // The front page fills while one watches; a list that was asked for stays as it is.
  const front = !wanted.query && !wanted.like && wanted.filters.length === 0;
  if (front && scrollY < 200 && !document.querySelector("dialog[open]") && (answer?.hits.length ?? 0) < 40) run();
});
run();
