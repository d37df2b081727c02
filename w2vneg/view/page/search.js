// The search field: suggests words as one types, most frequent first.

const SUGGESTIONS = 8;

class Search {
  constructor(models, onQuery) {
    this.input = document.getElementById("query");
    this.list = document.getElementById("suggestions");
    this.onQuery = onQuery;
    this.words = [...new Set(models.flatMap((model) => model.words))];
    this.chosen = -1;
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the focus
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("li");
      if (item) this.ask(this.completed(item.dataset.word));
    });
    document.addEventListener("keydown", (event) => {
      const typing = /^(INPUT|TEXTAREA)$/u.test(document.activeElement.tagName);
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        this.input.focus();
        this.input.select();
      }
    });
  }

  // What is being typed last, after the words and signs of a sum.
  get parts() {
    const text = this.input.value;
    const match = /^(.*\s[+\-−]\s*)(\S*)$/su.exec(text);
    return match ? [match[1], match[2]] : ["", text.trimStart()];
  }

  completed(word) { return this.parts[0] + word; }

  matches(typed) {
    if (!this.folded) this.folded = this.words.map((word) => word.toLowerCase());
    const folded = typed.toLowerCase();
    const same = [];
    const longer = [];
    for (let i = 0; i < this.words.length && longer.length < SUGGESTIONS; i++) {
      if (!this.folded[i].startsWith(folded)) continue;
      if (this.words[i] === typed) same.unshift(this.words[i]);
      else (this.folded[i] === folded ? same : longer).push(this.words[i]);
    }
    return [...same, ...longer].slice(0, SUGGESTIONS);
  }

  suggest() {
    const [, typed] = this.parts;
    const found = typed ? this.matches(typed) : [];
    this.list.replaceChildren(...found.map((word, i) => {
      const item = document.createElement("li");
      item.id = `suggestion-${i}`;
      item.dataset.word = word;
      item.setAttribute("role", "option");
      item.textContent = word;
      return item;
    }));
    this.choose(-1);
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
  }

  choose(number) {
    const items = [...this.list.children];
    this.chosen = items.length ? (number + items.length + 1) % (items.length + 1) : -1;
    if (this.chosen === items.length) this.chosen = -1;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === this.chosen)));
    if (this.chosen >= 0) this.input.setAttribute("aria-activedescendant", items[this.chosen].id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.choose(-1);
  }

  key(event) {
    const items = this.list.children;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.suggest();
      else this.choose(event.key === "ArrowDown" ? this.chosen + 1 : this.chosen < 0 ? items.length - 1 : this.chosen - 1);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.chosen >= 0) this.ask(this.completed(items[this.chosen].dataset.word));
      else this.ask(this.input.value);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    }
  }

  // The word that was meant, if it is known in another case only.
  known(typed) {
    if (this.words.includes(typed)) return typed;
    const [near] = this.matches(typed);
    return near && near.toLowerCase() === typed.toLowerCase() ? near : typed;
  }

  ask(text) {
    this.input.value = text.trim();
    this.close();
    if (document.activeElement === this.input && matchMedia("(pointer: coarse)").matches) this.input.blur();
    this.onQuery(text.trim());
  }
}
