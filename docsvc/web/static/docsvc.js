// Comfort only: every page works without this file.
"use strict";

// On narrow screens the navigation folds behind its button.
for (const button of document.querySelectorAll("[data-folds]")) {
  const list = document.getElementById(button.dataset.folds);
  button.hidden = false;
  list.parentElement.classList.add("folded");
  button.addEventListener("click", () => {
    const open = list.parentElement.classList.toggle("folded") === false;
    button.setAttribute("aria-expanded", String(open));
  });
}

// A form is sent once: a second press while the server works does nothing.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if ("answersWithFile" in form.dataset) return; // the page stays, and may ask again
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button:not([type=button])")) {
      button.setAttribute("aria-busy", "true");
    }
  });
}
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

// Another line for a recipient: the last one, emptied, with its own names.
for (const button of document.querySelectorAll("[data-adds-row]")) {
  const rows = document.querySelector("[data-rows]");
  button.hidden = false;
  button.addEventListener("click", () => {
    const number = rows.querySelectorAll("[data-row]").length + 1;
    const row = rows.lastElementChild.cloneNode(true);
    for (const field of row.querySelectorAll("[id]")) field.id = field.id.replace(/\d+$/, String(number));
    for (const label of row.querySelectorAll("label")) {
      label.htmlFor = label.htmlFor.replace(/\d+$/, String(number));
      label.textContent = label.textContent.replace(/\d+/, String(number));
    }
    row.querySelector("input").value = "";
    rows.append(row);
    row.querySelector("input").focus();
  });
}

// Where there is room beside the pages, the passphrase can be typed at once: Enter signs. A phone would show its keys.
const ready = document.querySelector("[data-ready] input[type=password]");
if (ready && !location.hash && window.matchMedia("(min-width: 900px) and (pointer: fine)").matches) {
  ready.focus({ preventScroll: true });
}

// The first page of what comes next is drawn while this one is read.
for (const place of document.querySelectorAll("[data-soon]")) {
  window.addEventListener("load", () => {
    new Image().src = place.dataset.soon;
  });
}

for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A file may be dropped onto the field that takes one.
for (const place of document.querySelectorAll("[data-drop]")) {
  const field = place.querySelector("input[type=file]");
  place.querySelector("[data-drop-words]").hidden = false;
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    if (event.dataTransfer.files.length) {
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

// Arrow keys turn pages, where nothing is being typed; where all are on one page, they go from one to the next.
const pairs = [...document.querySelectorAll("[data-sheet]")];
if (pairs.length || document.querySelector("[data-arrows]")) {
  window.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || event.target.closest("input, select, textarea")) return;
    const link = document.querySelector(`[data-arrows] a[rel=${step < 0 ? "prev" : "next"}]`);
    if (link) link.click();
    if (!pairs.length) return;
    const place = pairs.indexOf(document.activeElement.closest("[data-sheet]"));
    const wanted = pairs[Math.min(Math.max(place + step, 0), pairs.length - 1)];
    wanted.focus({ preventScroll: true });
    wanted.scrollIntoView({ block: "start" });
  });
}
