// Makes a picture: sends the recipe, shows it while it is drawn, and can be told to stop.

import { call, json } from "./api.js";
import { Canvas } from "./canvas.js";
import { byId, element } from "./element.js";
import { events } from "./stream.js";
import { counted, duration } from "./words.js";

const DEFAULT_SAMPLER = "dpmpp_2m";
const PREVIEWS = 3;

/** The studio; `kept(item id, picture)` hears of each picture that joined the collection. */
export class Studio {
  constructor(kept) {
    this.kept = kept;
    this.canvas = new Canvas(byId("canvas"), (item, prompt) => this.vary(item, prompt));
    this.running = null;
    byId("recipe").addEventListener("submit", (event) => {
      event.preventDefault();
      this.draw();
    });
    byId("cancel").addEventListener("click", () => this.cancel());
    byId("studio-close").addEventListener("click", () => this.setOpen(false));
    byId("prompt").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      byId("recipe").requestSubmit();
    });
    this.loadSamplers();
  }

  /** Open with a prompt; with `start` the drawing begins at once. */
  open(prompt, start) {
    this.setOpen(true);
    if (prompt && !this.running) byId("prompt").value = prompt;
    byId("studio").scrollIntoView({ block: "nearest" });
    if (start && prompt && !this.running) this.draw();
    else byId("prompt").focus();
  }

  get isOpen() {
    return !byId("studio").hidden;
  }

  setOpen(open) {
    byId("studio").hidden = !open;
    byId("make").setAttribute("aria-expanded", String(open));
    if (!open) byId("make").focus();
  }

  async loadSamplers() {
    const list = byId("sampler");
    try {
      const { samplers } = await json("/v1/capabilities");
      list.replaceChildren(...samplers.map(({ name, doc }) => element("option", { value: name, title: doc }, name)));
      if (samplers.some(({ name }) => name === DEFAULT_SAMPLER)) list.value = DEFAULT_SAMPLER;
    } catch {
      list.replaceChildren(element("option", { value: DEFAULT_SAMPLER }, DEFAULT_SAMPLER));
    }
  }

  draw() {
    const body = recipe();
    if (body.prompt) return this.run("/v1/images/generations", body, body);
  }

  /** Draw an item's picture again, differently; it is called as the item is. */
  vary(item, prompt) {
    this.open(prompt, false);
    const body = recipe();
    const form = new FormData();
    form.append("item", item);
    for (const [name, value] of Object.entries({ ...body, prompt })) if (name !== "seed") form.append(name, value);
    return this.run("/v1/images/variations", form, { ...body, prompt });
  }

  /** Send a request and show what comes of it; `body` says in the form's own words what was asked for. */
  async run(path, content, body) {
    if (this.running) return;
    const own = { abort: new AbortController(), job: null, cancelled: false, started: performance.now() };
    this.running = own;
    this.setRunning(true);
    this.canvas.begin(body.n);
    say("Waiting for its turn…");
    try {
      const options = { method: "POST", body: content, signal: own.abort.signal };
      const response = await call(path, options);
      for await (const event of events(response)) this.hear(event, own, body);
      if (own.cancelled) say("Cancelled.");
      else say(this.summary(own, body));
    } catch (error) {
      say(own.cancelled || error.name === "AbortError" ? "Cancelled." : error.message);
      this.canvas.stop();
    } finally {
      this.running = null;
      this.setRunning(false);
    }
  }

  hear({ name, data }, own, body) {
    const kind = name.replace(/^image_[a-z]+\./, "");
    if (kind === "error") throw new Error(data.error?.message ?? data.message ?? "The picture could not be made.");
    if (kind === "started") own.job = data.job;
    if (kind === "progress") this.progress(data, body);
    if (kind === "partial_image") this.canvas.preview(data.index ?? 0, data.b64_json, data.output_format);
    if (kind === "completed") {
      const address = this.canvas.finish(data.index ?? 0, data, body.prompt);
      own.seed = data.receipt?.seed ?? own.seed;
      own.evaluations = data.receipt?.evaluations ?? own.evaluations;
      own.saved = data.receipt?.source?.why === "auto" ? data.receipt.evaluations_saved : 0;
      own.near = data.near_copy?.item;
      own.kept = Boolean(data.item);
      if (own.kept) this.kept(data.item, address);
    }
  }

  progress({ index, step, num_steps: steps }, body) {
    this.canvas.step(index, step / steps);
    byId("progress").value = this.canvas.share();
    // Said once; every step is shown beside it, where a screen reader does not read it out each time.
    const said = body.n > 1 ? `Drawing ${counted(body.n, "picture")}…` : "Drawing…";
    if (byId("making").textContent !== said) say(said);
    byId("pace").textContent = `step ${step} of ${steps}`;
  }

  summary(own, body) {
    const parts = [`Made in ${duration(performance.now() - own.started)}`, counted(body.steps, "step"), body.sampler];
    if (own.seed !== undefined) parts.push(`seed ${own.seed}`);
    if (own.saved) parts.push(`${counted(own.saved, "evaluation")} saved by an earlier picture`);
    if (own.near) parts.push(`nearly the same as ${own.near}`);
    return own.kept ? `${parts.join(" · ")}. It is in the collection now.` : parts.join(" · ");
  }

  /** Stop both ends: the service by its job, and the stream in case it does not answer. */
  async cancel() {
    const own = this.running;
    if (!own) return;
    own.cancelled = true;
    say("Cancelling…");
    if (own.job) await call(`/v1/jobs/${encodeURIComponent(own.job)}`, { method: "DELETE" }).catch(() => {});
    own.abort.abort();
  }

  setRunning(running) {
    const focused = [byId("draw"), byId("cancel")].includes(document.activeElement);
    byId("draw").hidden = running;
    byId("cancel").hidden = !running;
    byId("progress").hidden = !running;
    byId("progress").value = 0;
    byId("pace").textContent = "";
    if (focused) byId(running ? "cancel" : "draw").focus();
  }
}

function say(text) {
  byId("making").textContent = text;
}

function recipe() {
  const body = {
    prompt: byId("prompt").value.trim(),
    n: byId("number").valueAsNumber || 1,
    steps: byId("steps").valueAsNumber || 10,
    sampler: byId("sampler").value || DEFAULT_SAMPLER,
    guidance: byId("guidance").valueAsNumber || 1,
    stream: true,
    partial_images: PREVIEWS,
  };
  if (byId("negative").value.trim()) body.negative_prompt = byId("negative").value.trim();
  if (byId("transparent").checked) body.background = "transparent";
  if (byId("seed").value !== "") body.seed = byId("seed").valueAsNumber;
  return body;
}
