// What is done on the page goes to the server by name; what the server need not know stays here.
(() => {
  let opener = "";
  const open = (target) => { // what the drawer was opened from, to go back there when it is shut
    if (target.closest(".drawer")) return;
    const { key, act, id } = target.dataset;
    opener = key ? `[data-key="${CSS.escape(key)}"]` : `[data-act="${CSS.escape(act)}"][data-id="${CSS.escape(id || "")}"]`;
  };
  document.addEventListener("shut", () => { const back = opener && document.querySelector(opener); if (back) back.focus({ preventScroll: true }); });
  const send = (target, more) => emitEvent("act", { ...target.dataset, ...more });
  document.addEventListener("click", (event) => {
    const target = event.target.closest && event.target.closest("[data-act]");
    if (!target || target.matches("form,select,input,textarea")) return;
    if (target.dataset.act === "theme") return theme();
    if (target.dataset.act === "copy") return copy(target);
    event.preventDefault();
    open(target);
    send(target);
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.act) return;
    event.preventDefault();
    send(event.target, Object.fromEntries(new FormData(event.target)));
  });
  let waiting = 0;
  const typed = (event) => {
    const target = event.target;
    if (target.dataset.act && target.matches("select,input")) send(target, { value: target.type === "checkbox" ? String(target.checked) : target.value });
    const form = target.closest("form[data-live]");
    if (form) { clearTimeout(waiting); waiting = setTimeout(() => send(form, Object.fromEntries(new FormData(form))), 250); }
  };
  document.addEventListener("change", typed);
  document.addEventListener("input", (event) => { if (event.target.closest("form[data-live]") && event.target.type === "search") typed(event); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") emitEvent("act", { act: "shut" });
    const pressed = event.target.closest && event.target.closest("svg [data-act]");
    if (pressed && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); open(pressed); send(pressed); }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.target.closest("input,textarea")) {
      event.preventDefault();
      emitEvent("act", { act: event.shiftKey ? "redo" : "undo" });
    }
  });
  const root = document.documentElement;
  const theme = () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("equipoise-theme", root.dataset.theme); } catch { /* a browser that keeps nothing */ }
  };
  try { const kept = localStorage.getItem("equipoise-theme"); if (kept) root.dataset.theme = kept; } catch { /* likewise */ }
  const copy = async (target) => {
    const address = new URL(target.dataset.address || location.href, location.href).href;
    try { await navigator.clipboard.writeText(address); } catch { prompt(target.dataset.said, address); return; }
    const said = target.textContent;
    target.textContent = "✓ " + said;
    setTimeout(() => { target.textContent = said; }, 1500);
  };
})();
