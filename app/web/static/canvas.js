// Holds the pictures that are being drawn, each from blank paper over its previews to the last stroke.

import { element } from "./element.js";
import { fileName, keepLink, outlines } from "./keep.js";
import { inlineAddress } from "./pictures.js";

/** The paper; `vary(item id, prompt)` hears of a finished picture that is to be varied. */
export class Canvas {
  constructor(place, vary) {
    this.place = place;
    this.vary = vary;
    this.sheets = [];
    this.begin(1);
    this.stop();
  }

  /** Lay out this many blank sheets. */
  begin(number) {
    this.sheets = Array.from({ length: number }, (_, i) => {
      const image = element("img", { alt: "", width: 256, height: 256, hidden: true });
      const foot = element("div", { className: "sheet-foot" });
      const box = element("figure", { className: "paper waiting" }, image, foot);
      return { box, image, foot, share: 0, index: i };
    });
    this.place.classList.toggle("many", number > 1);
    this.place.replaceChildren(...this.sheets.map(({ box }) => box));
  }

  /** Show a picture that is not finished. */
  preview(index, b64, format) {
    this.put(this.sheets[index], inlineAddress(b64, format), "A picture being drawn");
  }

  step(index, share) {
    const sheet = this.sheets[index];
    if (!sheet) return;
    sheet.share = share;
    sheet.box.style.setProperty("--share", String(share));
  }

  /** The share of all work that is done, 0 to 1. */
  share() {
    return this.sheets.reduce((sum, sheet) => sum + sheet.share, 0) / this.sheets.length;
  }

  /** Show the finished picture with the means to keep it; returns its address. */
  finish(index, data, prompt) {
    const sheet = this.sheets[index];
    const address = inlineAddress(data.b64_json, data.output_format);
    if (!sheet) return address;
    this.put(sheet, address, prompt);
    this.step(index, 1);
    sheet.box.classList.remove("waiting");
    sheet.box.classList.add("finished");
    sheet.foot.replaceChildren(...this.deeds(data, prompt, address));
    return address;
  }

  /** What can be done with a finished picture. */
  deeds(data, prompt, address) {
    const deeds = [keepLink(address, fileName(prompt, data.output_format ?? "png"), "Download")];
    if (!data.item) return deeds;
    const image = `/v1/items/${data.item.split("/").map(encodeURIComponent).join("/")}/image`;
    const vary = () => this.vary(data.item, prompt);
    return [
      ...deeds,
      keepLink(outlines(image, data.background === "transparent"), fileName(prompt, "svg"), "SVG"),
      element("button", { className: "plain", type: "button", onclick: vary }, "Vary it"),
    ];
  }

  /** Leave blank paper where nothing more will come. */
  stop() {
    for (const { box } of this.sheets) box.classList.remove("waiting");
  }

  put(sheet, address, alternative) {
    if (!sheet) return;
    sheet.image.src = address;
    sheet.image.alt = alternative;
    sheet.image.hidden = false;
  }
}
