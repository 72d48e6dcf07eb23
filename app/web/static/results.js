// Searches, and shows the answer: how many, from where, the pictures themselves, and the pages after.

import { json } from "./api.js";
import { filterTree } from "./address.js";
import { card } from "./cards.js";
import { byId, element } from "./element.js";
import { count, counted, duration } from "./words.js";

const PAGE = 40;
const SLOW_MS = 200;
const FAR = 0.45; // a best likeness in meaning below this is a weak answer

/** The list of hits; `on` has like, about, make, busy and correct, called from what is shown. */
export class Results {
  constructor(on) {
    this.on = on;
    this.cursor = null;
    this.pending = null;
    this.total = 0;
    this.seen = new Set();
    byId("more").addEventListener("click", () => this.more());
    const near = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && this.more(), {
      rootMargin: "800px",
    });
    near.observe(byId("more"));
  }

  /** Ask anew and show the first page; returns the answer. Throws what the call throws. */
  async search(wanted, fields) {
    this.pending?.abort();
    const own = (this.pending = new AbortController());
    const slow = setTimeout(() => byId("results").setAttribute("aria-busy", "true"), SLOW_MS);
    try {
      const body = { limit: PAGE, facets: fields, explain: true };
      if (wanted.query) body.query = wanted.query;
      if (wanted.like) body.like = wanted.like;
      if (wanted.filters.length > 0) body.filter = filterTree(wanted.filters);
      const answer = await json("/v1/search", { method: "POST", body, signal: own.signal });
      this.show(answer, wanted);
      return answer;
    } finally {
      clearTimeout(slow);
      if (this.pending === own) byId("results").removeAttribute("aria-busy");
    }
  }

  show(answer, wanted) {
    this.seen.clear();
    this.total = answer.total;
    this.cursor = answer.next_cursor ?? null;
    byId("grid").replaceChildren(...this.cards(answer.hits));
    byId("more").hidden = this.cursor === null;
    byId("summary").textContent = summary(answer, wanted);
    byId("branches").replaceChildren(...report(answer));
    byId("hint").replaceChildren(...this.hints(answer, wanted));
  }

  cards(hits) {
    const fresh = hits.filter(({ id }) => !this.seen.has(id));
    fresh.forEach(({ id }) => this.seen.add(id));
    return fresh.map((hit) => card(hit, this.on));
  }

  /** Show the page after; the list is the one whose first page is shown, whatever was written since. */
  async more() {
    if (this.cursor === null || this.loading) return;
    this.loading = true;
    const cursor = this.cursor;
    const own = this.pending;
    try {
      const answer = await json("/v1/search", { method: "POST", body: { cursor }, signal: own?.signal });
      if (this.cursor !== cursor) return;
      this.cursor = answer.next_cursor ?? null;
      byId("grid").append(...this.cards(answer.hits));
      byId("more").hidden = this.cursor === null;
    } catch (error) {
      if (error.name !== "AbortError") {
        this.cursor = null;
        byId("more").hidden = true;
        this.on.trouble(error);
      }
    } finally {
      this.loading = false;
    }
  }

  /** Put a picture that was made just now before the found ones. */
  add(hit) {
    byId("grid").querySelector(`[data-id="${CSS.escape(hit.id)}"]`)?.remove();
    this.seen.add(hit.id);
    byId("grid").prepend(card(hit, this.on));
    byId("hint").replaceChildren();
  }

  hints(answer, wanted) {
    const hints = [];
    if (answer.corrected_query && answer.corrected_query !== wanted.query) {
      const better = answer.corrected_query;
      const take = element("button", { className: "word", type: "button", onclick: () => this.on.correct(better) }, better);
      hints.push(element("p", {}, "Nothing is spelt that way: these are for ", take, "."));
    }
    const weak = weakness(answer, wanted);
    if (weak && !this.on.busy()) {
      const make = element("button", { className: "button made", type: "button", onclick: () => this.on.make() }, "Make it");
      hints.push(element("p", { className: "offer" }, element("span", {}, weak), make));
    }
    return hints;
  }
}

function summary(answer, { query, like }) {
  const found = counted(answer.total, "picture");
  if (query) return answer.total === 0 ? `Nothing found for “${query}”` : `${found} for “${query}”`;
  if (like) return `${found} like this one`;
  return answer.total === 0 ? "Nothing here yet" : found;
}

/** How long it took and how each branch fared, in the order they were asked. */
function report(answer) {
  const asked = answer.branches.filter(({ status }) => status !== "skipped");
  const branches = asked.map(({ name, status, hits, took_ms: ms, why }) =>
    element(
      "span",
      { className: status === "ok" ? "branch" : "branch lame", title: why ?? `${name} took ${duration(ms)}` },
      status === "ok" ? `${name} ${count(hits)}` : `${name} ${status}`,
    ),
  );
  return [element("span", {}, duration(answer.took_ms)), ...branches];
}

/** Why the answer is weak, in words drawn from its numbers; null when it is not. */
function weakness({ hits, total, corrected_query: corrected }, { query, filters }) {
  if (!query) return null;
  if (total === 0) {
    return filters.length > 0 ? "Nothing that fits the filters. Shall it be made?" : "It is not here. Shall it be made?";
  }
  if (corrected && corrected !== query) return "What you asked for may not be here. Shall it be made?";
  const words = hits.some((hit) => hit.branches.term);
  const nearest = Math.max(...hits.map((hit) => hit.branches.text?.score ?? 0));
  if (words || nearest >= FAR) return null;
  return `No words match, and the nearest in meaning is at ${nearest.toFixed(2)} of 1. Shall it be made?`;
}
