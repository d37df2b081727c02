// The list of neighbors beside the map. Words are set as text: they may hold any character.

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

// An item of a list: a button with a word, a number, and a bar behind them.
function wordItem(word, number, share, onPick) {
  const button = make("button");
  button.title = word;
  button.type = "button";
  const bar = make("span", "bar");
  bar.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
  button.append(bar, make("span", "word", word), make("span", "number", number));
  button.addEventListener("click", () => onPick(word));
  const item = make("li");
  item.append(button);
  return item;
}

// What is known of a word: its count, or its place among the words by frequency.
function frequency(model, row) {
  if (model.counts) return `${model.counts[row].toLocaleString("en")} times`;
  return `word ${(row + 1).toLocaleString("en")} of ${model.size.toLocaleString("en")}`;
}

// Show the answers of each model: {model, near} with near as of Model.nearest, or {model, problem}.
function showResults(text, terms, answers, onPick) {
  const results = document.getElementById("results");
  results.replaceChildren(...answers.map(({ model, near, problem }) => {
    const part = make("div", "model");
    const heading = make("h2", "", text);
    const row = terms.length === 1 ? model.index.get(terms[0][0]) : undefined;
    if (row !== undefined) heading.append(make("small", "", frequency(model, row)));
    part.append(heading);
    if (answers.length > 1) part.append(make("h3", "", model.name));
    if (problem) {
      part.append(make("p", "problem", problem));
      return part;
    }
    const list = make("ol", "words");
    list.setAttribute("aria-label", `Nearest to ${text} in ${model.name}`);
    list.append(...near.map(([found, cosine]) => wordItem(model.words[found], cosine.toFixed(3), cosine, onPick)));
    part.append(list);
    return part;
  }));
}

function say(text, isProblem = false) {
  const status = document.getElementById("status");
  status.textContent = text;
  status.classList.toggle("problem", isProblem);
}
