// A part of the page that the server writes. When it is written anew, the focus stays where it was.
export default {
  render() { return Vue.h("div"); },
  props: { html: String, live: Boolean, page: Object, mark: String },
  mounted() {
    if (this.live) this.$el.setAttribute("aria-live", "polite");
    this.write();
  },
  updated() { this.write(); },
  methods: {
    tell() {
      const { address, language, title, waits } = this.page;
      if (!waits) { clearInterval(this.beat); this.beat = 0; }
      else if (!this.beat) this.beat = setInterval(() => emitEvent("act", { act: "look" }), 1000);
      if (address !== location.search) history.replaceState(history.state, "", address || location.pathname);
      document.documentElement.lang = language;
      document.title = title;
      document.cookie = `equipoise_language=${language}; path=/; max-age=31536000; samesite=lax`;
    },
    write() {
      if (this.page) this.tell();
      if (this.html === this.written) return;
      const held = this.$el.contains(document.activeElement) ? document.activeElement : null;
      const key = held && (held.dataset.key || held.name), name = () => this.$el.querySelector("[role=dialog]")?.getAttribute("aria-label"), before = name();
      const caret = held && held.selectionStart;
      const open = new Set([...this.$el.querySelectorAll("details[open]")].map((d) => d.dataset.key));
      const tops = [...this.$el.querySelectorAll("[data-scroll]")].map((e) => e.scrollTop);
      this.$el.innerHTML = this.html || "";
      this.written = this.html;
      for (const d of this.$el.querySelectorAll("details")) if (open.has(d.dataset.key)) d.open = true;
      [...this.$el.querySelectorAll("[data-scroll]")].forEach((e, i) => { e.scrollTop = tops[i] || 0; });
      let again = null;
      if (key) {
        again = [...this.$el.querySelectorAll("[data-key],[name]")].find((e) => (e.dataset.key || e.name) === key);
        if (again) {
          again.focus({ preventScroll: true });
          if (caret != null && again.setSelectionRange && again.type === "text") again.setSelectionRange(caret, caret);
        }
      }
      if (this.mark !== this.marked) {
        if (this.marked !== undefined) { this.$el.scrollTop = 0; if (innerWidth < 900) scrollTo({ top: 0, behavior: "smooth" }); }
        this.marked = this.mark;
      }
      const here = this.$el.querySelector("nav [aria-current]"), strip = here && here.closest("nav");
      if (strip) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
      if (held && !this.html) document.dispatchEvent(new Event("shut"));
      const wanted = this.$el.querySelector("[autofocus]");
      if (wanted && !again && (held || name() !== before)) wanted.focus(); // another thing is told, or what held the focus is gone
    },
  },
};
