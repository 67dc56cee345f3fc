// The stepper in the browser: goes through the pictures that Python drew, one call a press, and asks for more calls.

let made = 0;

function render({ model, el }) {
  const names = `chansim-stepper-${++made}`;
  const button = (label, words, action) => {
    const element = control("button", { type: "button", textContent: label, onclick: action });
    element.setAttribute("aria-label", words);
    return element;
  };
  const back = button("◀ Back", "Back: before the last call", () => go(-1));
  const next = button("Next call ▶", "Next call", () => go(1));
  const clock = make("output", { className: "clock" });
  const status = make("p", { className: "status" });
  status.setAttribute("role", "status");
  const picture = make("div", { className: "picture", tabIndex: 0 });
  picture.dataset.lmSuppressShortcuts = "true";
  picture.setAttribute("role", "group");
  const calls = make("ol", { className: "calls" });
  calls.setAttribute("aria-label", "Calls");
  const line = control("input", { type: "text", id: `${names}-line`, autocomplete: "off", spellcheck: false, placeholder: 'send("news", {"n": 1})' });
  const call = () => line.value.trim() && tell(model, { call: line.value, after: at() }, gone);  // a step that was set may come later
  const add = control("button", { type: "button", textContent: "Call it", onclick: call });
  const takeBack = button("Take it back", "Take it back: the call that is shown", () => tell(model, { "take back": at() }, gone));
  const problem = make("p", { className: "problem", id: `${names}-problem` });
  problem.setAttribute("role", "alert");
  line.setAttribute("aria-describedby", problem.id);
  const own = make("div", { className: "bar" }, make("label", { htmlFor: line.id, textContent: "Your call:" }), line, add, takeBack);
  const verbs = make("p", { className: "verbs" }, "There are ", ...model.get("verbs").flatMap(([verb, needs], i) => [
    ...(i ? [", "] : []), make("code", { textContent: verb, title: needs })]), ".");
  const root = make("div", { className: "chansim-bars chansim-stepper" }, make("div", { className: "bar" }, back, next, clock), status,
    picture, calls, own, problem, verbs);
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Stepper: a channel layer, one call a press");
  el.append(root);

  const steps = () => model.get("steps");
  const at = () => Math.max(0, Math.min(model.get("step"), steps().length - 1));
  const show = () => {
    const last = steps().length - 1, step = at(), [call, gave, words, svg] = steps()[step];
    clock.textContent = `${step} of ${last} calls`;
    back.disabled = step === 0;
    next.disabled = step === last;
    takeBack.disabled = step === 0;
    status.textContent = call ? `${call}: ${gave}` : gave;
    picture.innerHTML = svg;  // drawn by chansim.svg, which escapes what it is told
    picture.setAttribute("aria-label", `${words} Arrow keys go from call to call.`);
    picture.querySelector("svg").setAttribute("aria-hidden", "true");  // the words are the group's
    calls.replaceChildren(...steps().slice(1).map(([each], i) => {
      const item = control("button", { type: "button", textContent: each, onclick: () => stand(i + 1) });
      if (i + 1 === step) item.setAttribute("aria-current", "step");
      return make("li", { className: i < step ? "past" : "" }, item);
    }));
    problem.textContent = model.get("problem");
    problem.hidden = !problem.textContent;
    line.setAttribute("aria-invalid", String(!problem.hidden));
  };
  const stand = (step) => {
    const focused = [...calls.querySelectorAll("button")].indexOf(document.activeElement);
    model.set("step", Math.max(0, Math.min(step, steps().length - 1)));
    model.set("problem", "");
    model.save_changes();
    show();
    if (focused >= 0) calls.querySelectorAll("button")[focused].focus();
  };
  const go = (by) => {
    const held = document.activeElement;
    stand(at() + by);
    if (held?.disabled) (by > 0 ? back : next).focus();  // a button that can do no more must not swallow the keyboard
  };
  picture.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const step = { ArrowRight: at() + 1, ArrowDown: at() + 1, " ": at() + 1, ArrowLeft: at() - 1, ArrowUp: at() - 1, Home: 0, End: steps().length - 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    stand(step);
  });
  line.addEventListener("keydown", (event) => {  // no form: JupyterLab keeps its submit event to itself
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    call();
  });
  const gone = () => model.set("problem", GONE);
  const changed = () => { if (!model.get("problem")) line.value = ""; show(); };
  model.on("change:steps", changed);
  model.on("change:step", show);
  model.on("change:problem", show);
  model.on("comm_live_update", gone);
  show();
  return () => {
    model.off("change:steps", changed);
    model.off("change:step", show);
    model.off("change:problem", show);
    model.off("comm_live_update", gone);
  };
}

export default { render };
