// The map: land that is drawn once, links that change. Widths and letters keep their size however near one looks.
const NS = "http://www.w3.org/2000/svg";
const node = (tag, attributes, parent) => {
  const made = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  if (parent) parent.appendChild(made);
  return made;
};
let land = null;
export default {
  render() { return Vue.h("div", { class: "map" }, [Vue.h("div", { class: "mapframe" })]); },
  props: { scene: String, name: String, base: String, words: Object, home: String },
  async mounted() {
    this.box = { x: 0, y: 0, w: 1000, h: 560 };
    this.lines = new Map();
    this.draw();
    this.listen();
    this.fit = new ResizeObserver(() => this.scale());
    this.fit.observe(this.$el);
    land = land || fetch(this.base + "studio/land.json").then((answer) => answer.json());
    this.paintLand(await land);
    this.paint();
  },
  unmounted() { this.fit.disconnect(); },
  updated() { this.paint(); },
  methods: {
    draw() {
      const frame = this.$el.firstElementChild;
      this.svg = node("svg", { viewBox: "0 0 1000 560", role: "group", preserveAspectRatio: "xMidYMid meet", tabindex: 0 }, frame);
      const defs = node("defs", {}, this.svg);
      const hatch = node("pattern", { id: "hatch-" + this.name, patternUnits: "userSpaceOnUse", width: 5, height: 5, patternTransform: "rotate(45)" }, defs);
      node("rect", { width: 5, height: 5, class: "hatchback" }, hatch);
      node("line", { x1: 0, y1: 0, x2: 0, y2: 5, class: "hatchline" }, hatch);
      this.groups = {};
      for (const name of ["land", "casing", "flow", "mark", "place", "label", "hit"]) this.groups[name] = node("g", { class: name }, this.svg);
      this.caption = frame.appendChild(document.createElement("p"));
      this.caption.className = "maptitle"; this.caption.hidden = true;
      this.legend = frame.appendChild(document.createElement("p"));
      this.legend.className = "maplegend";
      this.tip = frame.appendChild(document.createElement("div"));
      this.tip.className = "maptip"; this.tip.hidden = true;
      const tools = frame.appendChild(document.createElement("div"));
      tools.className = "maptools";
      for (const [sign, word, act] of [["+", this.words.zoomin, () => this.zoom(0.7)], ["−", this.words.zoomout, () => this.zoom(1 / 0.7)], ["⤢", this.words.whole, () => this.whole()]]) {
        const button = tools.appendChild(document.createElement("button"));
        button.type = "button"; button.textContent = sign; button.title = word; button.setAttribute("aria-label", word);
        button.addEventListener("click", act);
      }
    },
    paintLand(countries) {
      for (const [id, d] of countries) node("path", { d, class: id === this.home ? "home" : "", "data-kind": "state", "data-id": id }, this.groups.land);
    },
    paint() {
      if (!this.scene || !this.svg) return;
      const scene = this.world = this.scene === this.read ? this.world : JSON.parse(this.scene);
      this.read = this.scene;
      this.svg.setAttribute("aria-label", scene.told);
      this.$el.dataset.world = scene.world;
      this.caption.textContent = scene.title; this.caption.hidden = !scene.title;
      if (scene.commodity !== this.shown) {
        this.shown = scene.commodity;
        this.lines.clear();
        for (const name of ["casing", "flow", "mark", "hit"]) this.groups[name].replaceChildren();
        for (const link of scene.links) this.add(link);
        this.free = false;
      }
      const here = new Set(scene.links.map((link) => link.id));
      for (const [id, line] of this.lines) if (!here.has(id)) { for (const part of Object.values(line)) part.remove(); this.lines.delete(id); }
      for (const link of scene.links) { if (!this.lines.has(link.id)) this.add(link); this.set(link); }
      this.legend.replaceChildren();
      for (const said of [...(scene.legend || []), scene.built]) if (said) {
        const part = this.legend.appendChild(document.createElement("span"));
        part.textContent = said; if (said === scene.built) part.className = "own";
      }
      const states = scene.states || {};
      for (const country of this.groups.land.children) {
        const open = country.dataset.id in states;
        country.classList.toggle("state", open);
        country.dataset.told = open ? states[country.dataset.id] : "";
        open ? country.setAttribute("data-act", "pick") : country.removeAttribute("data-act");
      }
      this.places();
      this.free ? this.scale() : this.whole();
    },
    add(link) {
      const made = {
        casing: node("path", { d: link.d }, this.groups.casing),
        flow: node("path", { d: link.d }, this.groups.flow),
        mark: node("g", {}, this.groups.mark),
        hit: node("path", { d: link.d, tabindex: this.lines.size ? -1 : 0, role: "button", "data-act": "pick", "data-kind": "link", "data-id": link.id, "data-map": this.name, "data-key": this.name + link.id }, this.groups.hit),
      };
      node("circle", { r: 8 }, made.mark);
      node("path", { d: "M-4 -4 4 4M4 -4 -4 4" }, made.mark);
      this.lines.set(link.id, made);
    },
    walk(from, along) { // the links are one stop of the tabulator; arrows go from one to the next, west to east
      const hits = [...this.lines.values()].sort((a, b) => a.mark.dataset.x - b.mark.dataset.x).map((line) => line.hit);
      const next = hits[(hits.indexOf(from) + along + hits.length) % hits.length];
      for (const hit of hits) hit.setAttribute("tabindex", hit === next ? 0 : -1);
      next.focus();
    },
    set(link) {
      const line = this.lines.get(link.id);
      if (!line) return;
      line.casing.style.setProperty("--w", link.room);
      line.casing.style.stroke = `url(#hatch-${this.name})`;
      line.casing.style.display = link.room > link.width ? "" : "none";
      line.flow.style.setProperty("--w", link.width);
      line.flow.style.setProperty("--c", link.colour);
      line.flow.setAttribute("class", [link.width > 0 ? "" : "empty", link.closed ? "closed" : "", link.built ? "built" : "", link.change].join(" "));
      line.mark.style.display = link.closed && link.marked ? "" : "none";
      line.mark.dataset.x = link.at[0]; line.mark.dataset.y = link.at[1];
      line.hit.setAttribute("aria-label", link.told);
    },
    places() {
      this.groups.place.replaceChildren(); this.groups.label.replaceChildren();
      this.labels = [];
      for (const place of this.world.places) {
        if (place.dot) node("circle", { cx: place.x, cy: place.y, "data-act": "pick", "data-kind": "place", "data-id": place.id }, this.groups.place);
        const text = node("text", { x: place.x, y: place.y, class: place.loud ? "loud " + (place.change || "") : "name" }, this.groups.label);
        text.textContent = place.text;
        this.labels.push({ text, place });
      }
    },
    scale() {
      const { x, y, w, h } = this.box;
      this.svg.setAttribute("viewBox", `${x} ${y} ${w} ${h}`);
      const shown = this.svg.getBoundingClientRect();
      if (!shown.width) return;
      const per = Math.min(w / shown.width, h / shown.height);
      this.svg.style.setProperty("--px", per);
      this.svg.style.setProperty("--k", shown.width < 600 ? 0.62 : 1);
      for (const line of this.lines.values()) line.mark.setAttribute("transform", `translate(${line.mark.dataset.x} ${line.mark.dataset.y}) scale(${per})`);
      for (const circle of this.groups.place.children) circle.setAttribute("r", 2.6 * per);
      this.arrange(per, shown.width < 600);
    },
    arrange(per, narrow) {
      const kept = [...this.lines.values()].filter((line) => line.mark.style.display !== "none").map(({ mark: { dataset: { x, y } } }) => (
        { l: +x - 9 * per, r: +x + 9 * per, t: +y - 9 * per, b: +y + 9 * per })); // no name over a cross
      const small = narrow ? 10.5 : 11.5, large = narrow ? 11.5 : 13;
      for (const { text, place } of [...(this.labels || [])].sort((a, b) => (b.place.loud ? 1 : 0) - (a.place.loud ? 1 : 0))) {
        const size = (place.loud ? large : small) * per, wide = place.text.length * size * 0.56;
        let spot = null;
        for (const [dx, dy, anchor] of place.loud ? [[0, -9, "middle"], [0, 16, "middle"], [12, 4, "start"], [-12, 4, "end"]] : [[6, 4, "start"], [-6, 4, "end"], [0, -7, "middle"], [0, 14, "middle"]]) {
          const px = place.x + dx * per, py = place.y + dy * per;
          const left = anchor === "start" ? px : anchor === "end" ? px - wide : px - wide / 2;
          const here = { l: left, r: left + wide, t: py - size, b: py + size * 0.3 };
          const inside = here.l > this.box.x && here.r < this.box.x + this.box.w && here.t > this.box.y && here.b < this.box.y + this.box.h;
          if (inside && !kept.some((o) => here.l < o.r && o.l < here.r && here.t < o.b && o.t < here.b)) { spot = { px, py, anchor, here }; break; }
        }
        text.style.display = spot ? "" : "none";
        if (!spot) continue;
        kept.push(spot.here);
        text.setAttribute("x", spot.px); text.setAttribute("y", spot.py); text.setAttribute("text-anchor", spot.anchor);
      }
    },
    shape() {
      const shown = this.svg.getBoundingClientRect();
      return shown.width ? shown.height / shown.width : 0.56;
    },
    zoom(by, at) {
      const { x, y, w, h } = this.box;
      const wide = Math.min(1700, Math.max(90, w * by)), high = wide * this.shape();
      const [cx, cy] = at || [x + w / 2, y + h / 2];
      this.box = { x: cx - ((cx - x) / w) * wide, y: cy - ((cy - y) / h) * high, w: wide, h: high };
      this.free = true;
      this.scale();
    },
    whole() {
      this.free = false;
      const spots = this.world ? this.world.frame : [0, 0, 1000, 560];
      const [l, t, r, b] = spots, shape = this.shape(), room = 1.1;
      const wide = Math.max((r - l) * room, ((b - t) * room) / shape), high = wide * shape;
      this.box = { x: (l + r) / 2 - wide / 2, y: (t + b) / 2 - high / 2, w: wide, h: high };
      this.scale();
    },
    point(event) {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
      return [at.x, at.y];
    },
    listen() {
      const svg = this.svg, fingers = new Map();
      svg.addEventListener("wheel", (event) => { event.preventDefault(); this.zoom(event.deltaY > 0 ? 1.18 : 1 / 1.18, this.point(event)); }, { passive: false });
      svg.addEventListener("pointerdown", (event) => { fingers.set(event.pointerId, event); this.moved = 0; });
      svg.addEventListener("pointermove", (event) => {
        const before = fingers.get(event.pointerId);
        if (!before) return;
        const shown = svg.getBoundingClientRect(), per = Math.min(this.box.w / shown.width, this.box.h / shown.height);
        const dx = event.clientX - before.clientX, dy = event.clientY - before.clientY;
        if (fingers.size === 2) {
          const other = [...fingers.values()].find((one) => one.pointerId !== event.pointerId);
          const apart = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
          this.zoom(apart(before, other) / Math.max(1, apart(event, other)));
        } else { this.box.x -= dx * per; this.box.y -= dy * per; this.free = this.free || Math.abs(dx) + Math.abs(dy) > 1; this.scale(); }
        this.moved += Math.abs(dx) + Math.abs(dy);
        fingers.set(event.pointerId, event);
      });
      for (const name of ["pointerup", "pointercancel", "pointerleave"]) svg.addEventListener(name, (event) => fingers.delete(event.pointerId));
      svg.addEventListener("click", (event) => { if (this.moved > 6) { event.stopPropagation(); event.preventDefault(); } }, true);
      svg.addEventListener("keydown", (event) => {
        const along = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
        if (along && event.target.dataset.kind === "link") { this.walk(event.target, along); event.preventDefault(); return; }
        const step = this.box.w / 8, move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
        if (move) { this.box.x += move[0]; this.box.y += move[1]; this.free = true; this.scale(); event.preventDefault(); }
        else if (event.key === "+" || event.key === "=") this.zoom(0.7);
        else if (event.key === "-") this.zoom(1 / 0.7);
        else if (event.key === "0") this.whole();
      });
      const show = (event) => {
        const on = event.target.closest && event.target.closest("[data-act=pick]");
        const told = on && (on.getAttribute("aria-label") || on.dataset.told);
        if (!told) { this.tip.hidden = true; return; }
        this.tip.textContent = told;
        this.tip.hidden = false;
        const frame = this.$el.getBoundingClientRect(), box = on.getBoundingClientRect();
        const x = event.clientX || box.left + box.width / 2, y = event.clientY || box.top + box.height / 2;
        this.tip.style.left = Math.max(8, Math.min(x - frame.left + 14, frame.width - this.tip.offsetWidth - 8)) + "px";
        this.tip.style.top = Math.max(8, Math.min(y - frame.top + 16, frame.height - this.tip.offsetHeight - 8)) + "px";
      };
      for (const name of ["mousemove", "focusin"]) svg.addEventListener(name, show);
      for (const name of ["mouseleave", "focusout"]) svg.addEventListener(name, () => { this.tip.hidden = true; });
    },
  },
};
