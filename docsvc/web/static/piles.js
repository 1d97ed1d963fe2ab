// Comfort for piles only: ticking all, telling how many, and progress without reloading the page.
"use strict";

const ticks = [...document.querySelectorAll("[data-tick]")];
const all = document.querySelector("[data-ticks-all]");
const counting = document.querySelector("[data-counts]");
const words = counting?.textContent;

function count() {
  const number = ticks.filter((tick) => tick.checked).length;
  if (counting) {
    counting.textContent = number ? counting.dataset.counts.replace("%(count)s", String(number)) : words;
    counting.disabled = number === 0;
  }
  if (all) {
    all.checked = number === ticks.length;
    all.indeterminate = number > 0 && number < ticks.length;
  }
}

if (ticks.length) {
  for (const tick of ticks) tick.addEventListener("change", count);
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const tick of ticks) tick.checked = all.checked;
      count();
    });
  }
  window.addEventListener("pageshow", count); // a browser that goes back restores ticks
  count();
}

// The same page is asked for again and its living parts are put in place; the button keeps the focus meanwhile.
const place = document.querySelector("[data-progress]");

function renew(parts, fresh) {
  parts.forEach((part, index) => fresh[index] && part.replaceChildren(...fresh[index].childNodes));
}

async function look() {
  try {
    const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-progress]");
      renew([...place.querySelectorAll("[data-live]")], [...fresh.querySelectorAll("[data-live]")]);
      const acts = place.querySelector("[data-acts]");
      const freshActs = fresh.querySelector("[data-acts]");
      if (acts.dataset.acts !== freshActs.dataset.acts) acts.replaceWith(freshActs);
      document.title = page.title;
      place.dataset.progress = fresh.dataset.progress;
    }
  } catch {
    // The server is away for a moment: asked again below.
  }
  if (place.dataset.progress === "going") setTimeout(look, 1000);
}

if (place?.dataset.progress === "going") setTimeout(look, 1000);
