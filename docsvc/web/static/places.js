// Comfort only: boxes on the pages of the placing page, moved by pointer and keys; the fields say the same in numbers.
"use strict";

const POINTS = 72 / 25.4;
const SVG = "http://www.w3.org/2000/svg";
const form = document.querySelector("[data-places]");
const said = document.querySelector("[data-places-said]");
const help = document.querySelector("[data-places-help]");
const sealSide = Number(form.dataset.sealMm) * POINTS;
const FINGER = window.matchMedia("(pointer: coarse)").matches ? 18 : 9; // of a handle, in pixels of the screen

// Where the decree has them on A4 (NĐ 30, appendix I, IV): shares of the page from the left and the top; then points.
const USUAL = {
  number: [0.235, 0.134, 32, 14.4],
  day: [0.65, 0.134, 23, 14.4],
  month: [0.745, 0.134, 23, 14.4],
  year: [0.85, 0.134, 34, 14.4],
  personal_signature: [0.57, 0.62, 150, 70],
  organisation_signature: [0.45, 0.6, sealSide, sealSide],
};

const sheets = new Map();
for (const paper of document.querySelectorAll("[data-page]")) {
  const drawing = paper.querySelector("svg");
  drawing.replaceChildren();
  drawing.removeAttribute("aria-hidden");
  drawing.setAttribute("role", "group");
  drawing.setAttribute("aria-label", paper.querySelector("img").alt);
  const { width, height } = drawing.viewBox.baseVal;
  sheets.set(Number(paper.dataset.page), { drawing, width, height });
}

class Place {
  constructor(fields) {
    this.name = fields.dataset.place;
    this.text = fields.dataset.text;
    this.isSeal = this.name === "organisation_signature";
    this.field = (name) => fields.querySelector(`[name="${this.name}-${name}"]`);
    this.puts = fields.querySelector("[data-puts]");
    this.clears = fields.querySelector("[data-clears]");
    this.draw();
    fields.addEventListener("input", () => redraw());
    this.puts.addEventListener("click", () => this.put());
    this.clears.addEventListener("click", () => this.clear());
  }

  // In points from the upper left corner; null where the fields say nothing.
  get box() {
    const read = (name) => (this.field(name)?.value.trim() ? Number(this.field(name).value) * POINTS : NaN);
    const [left, top] = [read("left"), read("top")];
    const [width, height] = this.isSeal ? [sealSide, sealSide] : [read("width"), read("height")];
    if ([left, top, width, height].some(Number.isNaN)) return this.isSeal ? this.followed : null;
    return { page: Number(this.field("page").value) || 1, left, top, width, height };
  }

  // A seal that nobody placed lies over the left third of the signature.
  get followed() {
    const hand = places.get("personal_signature")?.box;
    if (!hand) return null;
    const left = Math.max(hand.left + hand.width / 3 - sealSide, 4);
    return { page: hand.page, left, top: hand.top + (hand.height - sealSide) / 2, width: sealSide, height: sealSide, own: true };
  }

  set box(box) {
    const sheet = sheets.get(box.page);
    const width = Math.min(Math.max(box.width, 6), sheet.width);
    const height = Math.min(Math.max(box.height, 6), sheet.height);
    const left = Math.min(Math.max(box.left, 0), sheet.width - width);
    const top = Math.min(Math.max(box.top, 0), sheet.height - height);
    this.field("page").value = box.page;
    const sides = this.isSeal ? { left, top } : { left, top, width, height };
    for (const [name, side] of Object.entries(sides)) this.field(name).value = (side / POINTS).toFixed(2);
    redraw();
  }

  draw() {
    this.group = document.createElementNS(SVG, "g");
    this.rect = document.createElementNS(SVG, "rect");
    this.label = document.createElementNS(SVG, "text");
    this.handle = document.createElementNS(SVG, "rect");
    this.group.setAttribute("class", `place-box place-box-${this.name}`);
    this.group.setAttribute("tabindex", "0");
    this.group.setAttribute("role", "group");
    this.group.setAttribute("aria-describedby", "places-help");
    this.rect.setAttribute("class", `mark mark-${this.name}`);
    this.label.setAttribute("class", "mark-text");
    this.label.textContent = this.text;
    this.handle.setAttribute("class", "place-handle");
    this.reach = document.createElementNS(SVG, "rect");
    this.reach.setAttribute("class", "place-reach");
    this.group.append(this.reach, this.rect, this.label);
    if (!this.isSeal) this.group.append(this.handle);
    this.group.addEventListener("pointerdown", (event) => this.take(event));
    this.group.addEventListener("pointermove", (event) => this.drag(event));
    for (const end of ["pointerup", "pointercancel"]) this.group.addEventListener(end, () => this.letGo());
    // A finger on a box drags it and nothing else; browsers differ on touch-action inside drawings.
    this.group.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    this.group.addEventListener("keydown", (event) => this.press(event));
  }

  show() {
    const box = this.box;
    const sheet = box && sheets.get(box.page);
    this.puts.hidden = Boolean(box) && !box.own;
    this.clears.hidden = !box || Boolean(box.own);
    if (!sheet) {
      this.group.remove();
      return;
    }
    if (this.group.parentNode !== sheet.drawing) {
      const focused = document.activeElement === this.group;
      // The seal lies beneath, so that the signature that it covers can be taken hold of.
      sheet.drawing[this.isSeal ? "prepend" : "append"](this.group);
      if (focused) this.group.focus();
    }
    const set = (shape, values) => Object.entries(values).forEach(([name, value]) => shape.setAttribute(name, value));
    set(this.rect, { x: box.left, y: box.top, width: box.width, height: box.height, rx: this.isSeal ? box.width / 2 : 3 });
    const low = this.isSeal ? box.top + box.height / 2 : box.height > 20 ? box.top + 13 : box.top + box.height + 10;
    set(this.label, { x: box.left + 4, y: low });
    const finger = (FINGER * sheet.width) / (sheet.drawing.getBoundingClientRect().width || sheet.width);
    set(this.handle, { x: box.left + box.width, y: box.top + box.height, width: finger, height: finger });
    const wider = this.isSeal ? 0 : finger / 3;
    set(this.reach, { x: box.left - wider, y: box.top - wider, width: box.width + 2 * wider, height: box.height + 2 * wider, rx: this.isSeal ? box.width / 2 : 0 });
    this.group.setAttribute("aria-label", this.told(box));
  }

  told(box) {
    const words = { name: this.text, page: box.page, left: (box.left / POINTS).toFixed(1), top: (box.top / POINTS).toFixed(1) };
    return Object.entries(words).reduce((text, [name, word]) => text.replace(`%(${name})s`, word), said.dataset.placesSaid);
  }

  point(event) {
    const { drawing, width } = sheets.get(this.box.page);
    const shown = drawing.getBoundingClientRect();
    const scale = width / shown.width;
    return { x: (event.clientX - shown.left) * scale, y: (event.clientY - shown.top) * scale };
  }

  take(event) {
    if (event.button !== 0) return;
    const at = this.point(event);
    this.held = { at, box: this.box, resizes: event.target === this.handle };
    this.group.setPointerCapture(event.pointerId);
    this.group.focus({ preventScroll: true });
    event.preventDefault();
  }

  drag(event) {
    if (!this.held) return;
    const at = this.point(event);
    const { box, resizes } = this.held;
    const [x, y] = [at.x - this.held.at.x, at.y - this.held.at.y];
    this.box = resizes
      ? { ...box, width: box.width + x, height: box.height + y }
      : { ...box, left: box.left + x, top: box.top + y };
  }

  letGo() {
    if (this.held) said.textContent = this.told(this.box);
    this.held = null;
  }

  press(event) {
    const step = event.shiftKey ? 10 : 1;
    const box = this.box;
    const moves = { ArrowLeft: ["left", -step], ArrowRight: ["left", step], ArrowUp: ["top", -step], ArrowDown: ["top", step] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) {
      const [side, by] = moves[event.key];
      this.box = { ...box, [side]: box[side] + by };
    } else if (["+", "=", "-", "_"].includes(event.key) && !this.isSeal) {
      const by = ["+", "="].includes(event.key) ? 1 : -1;
      // What is written keeps the height of its line; what is drawn keeps its shape.
      const grows = this.name === "personal_signature" ? (by * box.height) / box.width : 0;
      this.box = { ...box, width: box.width + by, height: box.height + grows };
    } else {
      return;
    }
    event.preventDefault();
    said.textContent = this.told(this.box);
  }

  put() {
    const followed = this.isSeal && this.followed;
    const inPages = [...sheets.keys()];
    const wanted = Number(this.field("page").value);
    const signs = this.name === "personal_signature";
    const page = sheets.has(wanted) ? wanted : signs ? Math.max(...inPages) : Math.min(...inPages);
    const { width, height } = sheets.get(page);
    const [across, down, wide, high] = USUAL[this.name];
    this.box = followed || { page, left: across * width, top: down * height, width: wide, height: high };
    this.group.focus();
    this.group.scrollIntoView({ block: "center" });
  }

  clear() {
    for (const name of ["page", "left", "top", "width", "height"]) {
      if (this.field(name)) this.field(name).value = "";
    }
    redraw();
    this.puts.focus();
  }
}

const places = new Map();

function redraw() {
  for (const place of places.values()) place.show();
}

if (sheets.size) {
  help.hidden = false;
  for (const fields of form.querySelectorAll("[data-place]")) {
    places.set(fields.dataset.place, new Place(fields));
  }
  redraw();
  for (const change of ["pageshow", "load", "resize"]) window.addEventListener(change, redraw);
}
