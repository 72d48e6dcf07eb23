// Lets the reader keep a picture: as it is, or drawn as outlines.

import { call, hasKey } from "./api.js";
import { element } from "./element.js";

/** A link that saves what is at an address; where a key is needed it is fetched with it first. */
export function keepLink(address, name, words, properties = {}) {
  return element("a", { className: "plain", href: address, download: name, onclick: save, ...properties }, words);
}

/** The address at which an item's picture is drawn as outlines. */
export function outlines(imageUrl, transparent = false) {
  return `${imageUrl}?format=svg${transparent ? "&background=transparent" : ""}`;
}

/** “Red kite!” → “Red-kite.png”. */
export function fileName(words, kind) {
  const bare = words.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return `${bare.slice(0, 60) || "picture"}.${kind}`;
}

async function save(event) {
  const link = event.currentTarget;
  if (!hasKey() || link.href.startsWith("blob:") || link.href.startsWith("data:")) return;
  event.preventDefault();
  const content = await (await call(new URL(link.href).pathname + new URL(link.href).search)).blob();
  const held = element("a", { href: URL.createObjectURL(content), download: link.download });
  held.click();
  setTimeout(() => URL.revokeObjectURL(held.href), 60_000);
}
