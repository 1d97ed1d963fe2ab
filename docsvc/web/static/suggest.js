// Offers ways to go on below the search box. The box works the same without it.
"use strict";

for (const box of document.querySelectorAll("input[data-suggestions]")) {
  const WAIT = 120;
  const list = document.createElement("ul");
  list.id = `${box.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", box.dataset.suggestionsLabel);
  list.hidden = true;
  box.parentElement.append(list);
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", list.id);
  box.setAttribute("aria-expanded", "false");
  box.autocomplete = "off";

  let offered = [];
  let chosen = -1;
  let timer = 0;
  let asking = null;
  let composing = false;

  const close = () => {
    list.hidden = true;
    chosen = -1;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };

  const mark = (place) => {
    chosen = place;
    for (const [at, option] of [...list.children].entries()) option.setAttribute("aria-selected", String(at === place));
    if (place < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", list.children[place].id);
  };

  const take = (place) => {
    const one = offered[place];
    if (one.address) {
      location.assign(one.address);
      return;
    }
    box.value = one.text;
    close();
    box.focus();
  };

  const show = () => {
    list.replaceChildren(
      ...offered.map((one, place) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${place}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const kind = document.createElement("small");
        kind.textContent = one.kind;
        const text = document.createElement("span");
        text.textContent = one.address ? `${one.text} – ${one.label}` : one.label;
        option.append(kind, " ", text);
        option.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the focus
        option.addEventListener("click", () => take(place));
        return option;
      }),
    );
    list.hidden = offered.length === 0;
    box.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
  };

  const ask = async () => {
    asking?.abort();
    const typed = box.value;
    if (typed.trim().length < 2) {
      close();
      return;
    }
    asking = new AbortController();
    try {
      const address = `${box.dataset.suggestions}?q=${encodeURIComponent(typed)}`;
      const answer = await fetch(address, { signal: asking.signal, headers: { Accept: "application/json" } });
      if (!answer.ok || box.value !== typed || document.activeElement !== box) return;
      offered = await answer.json();
      show();
    } catch {
      // Nothing is offered; what is typed can still be searched for.
    }
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };

  box.addEventListener("compositionstart", () => {
    composing = true;
  });
  box.addEventListener("compositionend", () => {
    composing = false;
    soon();
  });
  box.addEventListener("input", () => {
    if (!composing) soon();
  });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault(); // and keep what is typed
      close();
    } else if (event.key === "ArrowDown" && list.hidden && offered.length) {
      event.preventDefault();
      show();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      const count = offered.length + 1; // one more place: back in the box
      mark(((chosen + 1 + step + count) % count) - 1);
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0) {
      event.preventDefault();
      take(chosen);
    } else if (event.key === "Enter") {
      close();
    }
  });
}
