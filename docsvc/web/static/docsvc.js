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
