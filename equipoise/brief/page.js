"use strict";
(() => {
  const facts = JSON.parse(document.getElementById("facts").textContent);
  const tip = document.getElementById("tip");
  let shown = null;
  const add = (parent, tag, text, name) => {
    const node = parent.appendChild(document.createElement(tag));
    node.textContent = text;
    if (name) node.className = name;
    return node;
  };
  const fill = (id) => {
    const fact = facts[id];
    tip.replaceChildren();
    add(tip, "span", fact.grade, "grade " + fact.grade).title = "grade";
    add(tip, "b", fact.figure);
    add(tip, "span", fact.of, "of");
    add(tip, "span", fact.what + ".");
    if (fact.said) add(tip, "p", fact.said, "said");
    if (fact.printed) add(tip, "p", "As printed: " + fact.printed, "said");
    if (fact.from.length) {
      add(tip, "p", "Rests most on:", "said");
      const list = add(tip, "ul", "");
      for (const parent of fact.from) add(list, "li", parent);
    }
    const note = document.querySelector("#note-" + fact.note + " .text");
    add(tip, "p", "[" + fact.note + "] " + (note ? note.textContent : "") + (fact.where ? " – " + fact.where : ""), "source");
    add(tip, "code", "equipoise trace '" + id.split("#")[0] + "'");
  };
  const place = (link) => {
    const box = link.getBoundingClientRect();
    const left = Math.min(box.left + scrollX, scrollX + document.documentElement.clientWidth - tip.offsetWidth - 12);
    tip.style.left = Math.max(scrollX + 8, left) + "px";
    const above = box.top - 16, below = innerHeight - box.bottom - 16;
    const down = below >= Math.min(tip.scrollHeight, above);  // below if it fits there, or if there is more room there
    tip.style.maxHeight = Math.max(120, down ? below : above) + "px";
    tip.style.top = (down ? box.bottom + 8 : box.top - tip.offsetHeight - 8) + scrollY + "px";
  };
  const show = (link) => {
    if (!facts[link.dataset.fact]) return;
    fill(link.dataset.fact);
    tip.hidden = false;
    place(link);
    link.setAttribute("aria-describedby", "tip");
    shown = link;
  };
  const hide = () => {
    if (shown) shown.removeAttribute("aria-describedby");
    tip.hidden = true;
    shown = null;
  };
  const near = (event) => event.target.closest && event.target.closest("a.fig[data-fact]");
  document.addEventListener("mouseover", (event) => { const link = near(event); if (link) show(link); else if (!tip.contains(event.target)) hide(); });
  document.addEventListener("focusin", (event) => { const link = near(event); if (link) show(link); else hide(); });
  document.addEventListener("focusout", (event) => { if (near(event)) hide(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) {
      for (const link of links.values()) link.removeAttribute("aria-current");
      const link = links.get(entry.target.id);
      if (link) link.setAttribute("aria-current", "true");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  for (const id of links.keys()) { const section = document.getElementById(id); if (section) watch.observe(section); }
})();
