// The lecture in the browser: one step at a time, by keys. What is seen in each comes from Python, or stands in the page.

const LETTERS = ["a", "b", "c", "d"];

function renderLecture({ model, el, whole = false }) {
  const talk = model.get("talk"), steps = talk.steps;
  const scenes = new Map(Object.entries(model.get("scenes") ?? {}));
  const reveals = new Map(Object.entries(model.get("reveals") ?? {}));
  const stances = steps.map((step) => ({ at: step.before && [...step.before], open: false, predicting: false, hands: [0, 0, 0, 0], other: null, picture: step.picture }));
  let number = 0, player = null, asked = new Set(), shown = "";

  const doing = (letter, words, action) => {
    const element = control("button", { type: "button" }, make("kbd", {}, letter), ` ${words}`);
    element.setAttribute("aria-keyshortcuts", { "→": "ArrowRight", "←": "ArrowLeft", space: "Space" }[letter] ?? letter);
    element.addEventListener("click", () => { action(); });
    return element;
  };

  // -- the page

  const where = make("p", { className: "where" });
  const title = make("h1", {});
  const question = make("h2", {});
  const options = make("ol", { className: "options" });
  const told = make("p", { className: "told", role: "status" });
  const line = make("p", { className: "line", hidden: true });
  const view = make("div", { className: "view" });
  const knobs = make("div", { className: "knobs" });
  const does = {
    next: doing("→", "next", () => go(number + 1)), back: doing("←", "back", () => go(number - 1)),
    play: doing("space", "play", () => play()), predict: doing("p", "predict", () => predict()),
    reveal: doing("r", "reveal", () => reveal()), beside: doing("b", "B-side", () => beside()), fault: doing("f", "fault", () => fault()),
  };
  const keys = make("div", { className: "keys", role: "toolbar" }, ...Object.values(does));
  keys.setAttribute("aria-label", "Lecture");
  const left = make("section", { className: "left" }, question, options, line);
  left.setAttribute("aria-label", "Question");
  const right = make("section", { className: "right" }, knobs, view, told);
  right.setAttribute("aria-label", "View");
  const root = control("div", { className: `chansim-lecture${whole ? " whole" : ""}`, tabIndex: whole ? -1 : 0 },
    make("header", {}, title, where), left, right, make("footer", {}, keys));
  if (!whole) { root.setAttribute("role", "group"); root.setAttribute("aria-label", "Lecture: click here, then use its keys"); }
  el.append(root);

  // -- what is known, and what is asked for

  const keyOf = (step, at) => `${step}:${at.join(",")}`;
  const get = (step, at) => {
    const key = keyOf(step, at);
    if (!scenes.has(key) && !asked.has(key)) { asked.add(key); model.send({ scene: [step, at] }); }
    return scenes.get(key);
  };
  const getReveal = (step) => {
    const key = String(step);
    if (!reveals.has(key) && !asked.has(`reveal ${key}`)) { asked.add(`reveal ${key}`); model.send({ reveal: step }); }
    return reveals.get(key);
  };
  const made = () => {
    const news = model.get("made") ?? {};
    if (news.key) scenes.set(news.key, news.scene);
    if (news.reveal) reveals.set(String(news.step), news.reveal);
    if (news.problem) { asked = new Set(); told.textContent = news.problem; return; }
    show();
  };
  model.on("change:made", made);

  // -- showing

  const stance = () => stances[number];
  const faultKnob = () => (steps[number].knobs ?? []).findIndex((knob) => knob.name === "fault");

  function show() {
    const step = steps[number];
    title.textContent = step.title;
    where.textContent = `${number + 1} of ${steps.length}${step.minutes ? ` · minutes ${step.minutes[0]} to ${step.minutes[1]}` : ""}`;
    root.classList.toggle("slot", !step.question);
    does.back.disabled = number === 0;
    does.next.disabled = number === steps.length - 1;
    for (const name of ["play", "predict", "reveal"]) does[name].disabled = !step.question;
    does.beside.disabled = !step.beside;
    does.fault.disabled = faultKnob() < 0;
    if (!step.question) { showSlot(step); return; }
    showQuestion(step);
    showKnobs(step);
    showScene();
  }

  function showSlot(step) {
    for (const name of ["reveal", "predict", "beside", "play"]) does[name].setAttribute("aria-pressed", "false");
    question.textContent = "";
    options.replaceChildren();
    knobs.replaceChildren();
    line.hidden = true;
    shown = "";
    const { picture } = stance();
    const choose = control("input", { type: "file", accept: "image/*" });
    choose.addEventListener("change", () => {
      const [file] = choose.files;
      if (!file) return;
      const reader = new FileReader();
      reader.addEventListener("load", () => { stance().picture = reader.result; show(); });
      reader.readAsDataURL(file);
    });
    view.replaceChildren(picture ? make("img", { src: picture, alt: `Your picture for slide ${step.slide}` })
      : make("div", { className: "empty" }, make("label", {}, `Your picture for slide ${step.slide}: `, choose)));
    told.textContent = picture ? "" : "This slide is a picture that the talk's text does not have. Choose one of yours, or go on with →.";
  }

  function showQuestion(step) {
    const { open, predicting, hands } = stance(), known = open ? getReveal(number) : null;
    question.textContent = step.question;
    const most = Math.max(1, ...hands);
    options.className = `options${predicting ? " predicting" : ""}`;
    if (options.dataset.step !== String(number)) {
      options.dataset.step = String(number);
      options.replaceChildren(...step.options.map((words, i) => {
        const tally = control("input", { type: "number", min: 0, max: 9999, className: "tally" });
        tally.setAttribute("aria-label", `Hands for ${LETTERS[i]}`);
        tally.addEventListener("input", () => { stance().hands[i] = Math.max(0, Math.floor(Number(tally.value) || 0)); showQuestion(steps[number]); });
        return make("li", {}, make("b", {}, LETTERS[i]), make("span", { className: "words" }, words), tally, make("meter", { min: 0 }), make("span", { className: "mark" }));
      }));
    }
    [...options.children].forEach((item, i) => {
      const right = known?.answer === i, tally = item.querySelector(".tally"), meter = item.querySelector("meter");
      item.classList.toggle("right", right);
      item.classList.toggle("wrong", Boolean(known) && !right);
      const words = [!predicting && hands.some(Boolean) && `${hands[i]} ${hands[i] === 1 ? "hand" : "hands"}`, right && "✓ right"];
      item.querySelector(".mark").textContent = words.filter(Boolean).join(" · ");
      tally.hidden = !predicting;
      meter.hidden = !predicting && !hands.some(Boolean);
      meter.max = most;
      meter.value = hands[i];
      meter.setAttribute("aria-label", `${hands[i]} hands for ${LETTERS[i]}`);
      if (document.activeElement !== tally) tally.value = hands[i];
    });
    line.hidden = !known;
    line.textContent = known?.line ?? "";
    does.reveal.setAttribute("aria-pressed", String(open));
    does.predict.setAttribute("aria-pressed", String(predicting));
  }

  function showKnobs(step) {
    const { at } = stance();
    if (knobs.dataset.step !== String(number)) {
      knobs.dataset.step = String(number);
      knobs.replaceChildren(...step.knobs.map((knob, i) => {
        const choice = control("select", {});
        choice.append(...knob.words.map((words, value) => make("option", { value, textContent: words })));
        choice.addEventListener("change", () => { stance().at[i] = Number(choice.value); stance().other = null; show(); });
        return make("label", {}, `${knob.label} `, choice);
      }));
    }
    [...knobs.querySelectorAll("select")].forEach((choice, i) => { choice.value = String(at[i]); });
    does.beside.setAttribute("aria-pressed", String(Boolean(stance().other)));
  }

  function showScene() {
    const { at } = stance(), key = keyOf(number, at), scene = get(number, at);
    get(number, steps[number].before);
    get(number, steps[number].after);
    if (player && player.key !== key) endPlaying();
    if (!scene) {
      told.textContent = model.asked ? "These positions are not in this file." : "It is being run …";
      view.classList.add("waiting");
      shown = "";
      return;
    }
    view.classList.remove("waiting");
    if (told.textContent !== scene.told) told.textContent = scene.told;
    does.play.disabled = !scene.player;
    if (player || shown === key) return;
    shown = key;
    view.replaceChildren(...scene.figures.map((figure) => {
      const frame = make("div", { className: "figure" });
      frame.innerHTML = figure;  // drawn by chansim.svg or matplotlib, which escape what they are told
      return frame;
    }));
  }

  // -- what the keys do

  function go(to) {
    if (to < 0 || to >= steps.length) return;
    endPlaying();
    number = to;
    knobs.dataset.step = options.dataset.step = shown = "";
    show();
    if (whole) history.replaceState(null, "", `#${number + 1}`);
  }
  function predict() {
    if (!steps[number].question) return;
    stance().predicting = !stance().predicting;
    show();
    if (stance().predicting) options.querySelector(".tally").focus(); else root.focus();
  }
  function reveal() {
    if (!steps[number].question) return;
    const here = stance();
    here.open = !here.open;
    here.other = null;
    here.at = [...(here.open ? steps[number].after : steps[number].before)];
    show();
  }
  function beside() {
    const here = stance();
    if (!steps[number].beside) return;
    if (here.other) { here.at = here.other; here.other = null; } else { here.other = here.at; here.at = [...steps[number].beside]; }
    show();
  }
  function fault() {
    const knob = faultKnob();
    if (knob < 0) return;
    stance().at[knob] = (stance().at[knob] + 1) % steps[number].knobs[knob].words.length;
    show();
  }
  function play() {
    const scene = steps[number].question && get(number, stance().at);
    if (!scene?.player) return;
    if (!player) {
      shown = "";
      view.replaceChildren();
      const stands = alone({ ...scene.player, settings: { ...scene.player.settings, list: false } });
      player = { key: keyOf(number, stance().at), end: playerWidget.render({ model: stands, el: view }) };
    }
    view.querySelector('.bar button[title="Play"], .bar button[title="Pause"]').click();
    does.play.setAttribute("aria-pressed", "true");
  }
  function endPlaying() {
    if (!player) return;
    player.end();
    player = null;
    view.replaceChildren();
    shown = "";
    does.play.setAttribute("aria-pressed", "false");
  }

  const pressed = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const typing = event.target.closest?.("input, select, textarea, summary");
    const onButton = event.target.closest?.("button");
    const actions = {
      ArrowRight: () => go(number + 1), ArrowLeft: () => go(number - 1), " ": play, p: predict, r: reveal, b: beside, f: fault,
      PageDown: () => go(number + 1), PageUp: () => go(number - 1), Escape: () => { endPlaying(); show(); root.focus(); },
    };
    if (typing && !["p", "r", "b", "f", "Escape"].includes(event.key)) return;
    if (typing && typing.tagName === "SELECT" && event.key !== "Escape") return;
    if (onButton && event.key === " ") return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  const heard = whole ? document : root;
  heard.addEventListener("keydown", pressed);
  if (whole) {
    const asked = Number(location.hash.slice(1));
    if (asked >= 1 && asked <= steps.length) number = asked - 1;
  }
  show();
  return () => {
    endPlaying();
    heard.removeEventListener("keydown", pressed);
    model.off("change:made", made);
  };
}

export default { render: renderLecture };
