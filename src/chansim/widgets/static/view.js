// A view in the browser: the picture that Python drew. What is clicked in it, or chosen by keys, is selected.

const KINDS = ["message", "request", "channel", "component"];  // the narrowest first
const PICKED = KINDS.map((kind) => `[data-${kind}]`).join(", ");

function render({ model, el }) {
  const root = document.createElement("div"), picture = document.createElement("div"), status = document.createElement("p");
  root.className = "chansim-view";
  picture.className = "picture";
  picture.tabIndex = 0;
  picture.dataset.lmSuppressShortcuts = "true";  // JupyterLab takes keys from whatever does not say so itself
  picture.setAttribute("role", "group");
  status.setAttribute("role", "status");
  root.append(picture, status);
  el.append(root);
  let items = [], at = -1;

  const meant = (item) => {
    const kind = KINDS.find((each) => item.dataset[each] && item.dataset[each] !== "0");  // 0 is of no message, no request
    const value = kind === "message" || kind === "request" ? Number(item.dataset[kind]) : item.dataset[kind];
    return value ? { [kind]: value } : {};
  };
  const said = (item) => item.querySelector("title")?.textContent ?? Object.entries(meant(item)).flat().join(" ");
  // Once it is the narrowest thing that is selected, once more the request that it belongs to, a third time nothing.
  const select = (what, item) => {
    const before = model.get("selection");
    const is = (one) => JSON.stringify(one) === JSON.stringify(before);
    const whole = Number(item?.dataset.request) ? { request: Number(item.dataset.request) } : {};
    const wanted = is(what) ? (is(whole) ? {} : whole) : what.message && whole.request && is(whole) ? {} : what;
    model.set("selection", wanted);
    model.save_changes();
  };
  const draw = () => {
    picture.innerHTML = model.get("svg");  // drawn by chansim.svg or matplotlib, which escape what they are told
    const svg = picture.querySelector("svg");
    picture.setAttribute("aria-label", `${svg?.getAttribute("aria-label") ?? ""} Arrow keys go through what can be selected, Enter selects it.`);
    items = [...picture.querySelectorAll(PICKED)];
    at = Math.min(at, items.length - 1);
    items[at]?.classList.add("here");
  };
  const move = (by) => {
    if (!items.length) return;
    items[at]?.classList.remove("here");
    at = (at + by + items.length + (at < 0 && by < 0 ? 1 : 0)) % items.length;
    items[at].classList.add("here");
    status.textContent = said(items[at]);
  };
  const clicked = (event) => {
    const item = event.target.closest(PICKED);
    if (item && picture.contains(item)) select(meant(item), item);
  };
  const pressed = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const action = {
      ArrowRight: () => move(1), ArrowDown: () => move(1), ArrowLeft: () => move(-1), ArrowUp: () => move(-1),
      Enter: () => at >= 0 && select(meant(items[at]), items[at]), " ": () => at >= 0 && select(meant(items[at]), items[at]), Escape: () => select({}),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  };
  picture.addEventListener("click", clicked);
  picture.addEventListener("keydown", pressed);
  model.on("change:svg", draw);
  draw();
  return () => model.off("change:svg", draw);
}

export default { render };
