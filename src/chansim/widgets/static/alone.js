// Alone: what a widget talks to where there is no Python: it keeps what is set, and tells whoever listens.
// Bytes stand in the state as text, {"base64": "..."}. What is asked of Python is kept in `asked`, and not answered.

export function alone(state) {
  const heard = new Map(), kept = { ...state }, asked = [];
  for (const [name, value] of Object.entries(kept)) {
    if (value && typeof value.base64 === "string") {
      kept[name] = new DataView(Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0)).buffer);
    }
  }
  return {
    asked,
    get: (name) => kept[name],
    set(name, value) {
      kept[name] = value;
      for (const action of heard.get(`change:${name}`) ?? []) action();
    },
    save_changes() {},
    send: (message) => asked.push(message),
    on: (name, action) => heard.set(name, [...(heard.get(name) ?? []), action]),
    off: (name, action) => heard.set(name, (heard.get(name) ?? []).filter((each) => each !== action)),
  };
}
