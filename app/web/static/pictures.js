// Shows pictures of the collection, with the key where the service wants one.

import { call, hasKey } from "./api.js";
import { element } from "./element.js";

/** Return the picture at an address of the service, loaded when it comes near the window. */
export function picture(address, alternative, size = 128) {
  const image = element("img", {
    alt: alternative,
    width: size,
    height: size,
    loading: "lazy",
    decoding: "async",
    onerror: () => image.classList.add("lost"),
  });
  if (hasKey()) loadWithKey(image, address);
  else image.src = address;
  return image;
}

/** The address of a picture that came as base64. */
export function inlineAddress(b64, format = "png") {
  return `data:image/${format};base64,${b64}`;
}

async function loadWithKey(image, address) {
  try {
    const content = await (await call(address)).blob();
    image.src = URL.createObjectURL(content);
    image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  } catch {
    image.classList.add("lost");
  }
}
