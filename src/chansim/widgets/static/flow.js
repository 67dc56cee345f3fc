// Flow: how a run stands at any moment, from a window of its trace. Plain functions: nothing here knows a page.
// The rules are those of chansim/measures/state.py and chansim/views/saying.py, and tests hold them together.

export const EVENTS = ["sent", "received", "begun", "ended", "lost", "connected", "disconnected", "joined", "left", "fault"];
const [SENT, RECEIVED, BEGUN, ENDED, LOST, CONNECTED, DISCONNECTED, JOINED, LEFT] = EVENTS.keys();
const LAYOUT = {
  t: Float64Array, component: Uint32Array, channel: Uint32Array, message: Uint32Array, request: Uint32Array,
  detail: Uint32Array, queue: Uint16Array, event: Uint8Array,
};

// The columns of a window that Python packed, and, for each row, which row says what became of its message.
export function read(about, bytes) {
  const size = Object.values(LAYOUT).reduce((sum, kind) => sum + kind.BYTES_PER_ELEMENT, 0);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const count = bytes.byteLength / size;
  const rows = { about, count };
  let offset = 0;
  for (const [name, kind] of Object.entries(LAYOUT)) {
    rows[name] = new kind(buffer, offset, count);
    offset += count * kind.BYTES_PER_ELEMENT;
  }
  rows.killed = Number(Object.keys(about.names).find((code) => about.names[code][0] === "worker killed") ?? -1);
  rows.plain = new Set(about.plain);
  rows.own = about.carried + about.own;  // behind these come arrivals only
  rows.end = new Int32Array(count).fill(-1);  // of a sent row: where its message was received or lost
  rows.start = new Int32Array(count).fill(-1);  // and back
  rows.over = new Int32Array(count).fill(-1);  // of a begun row: where it ended
  const sent = new Map(), begun = new Map();
  for (let i = 0; i < count; i++) {
    const message = rows.message[i], event = rows.event[i];
    if (event === SENT) sent.set(message, i);
    else if (event === BEGUN) begun.set(message, i);
    if ((event === RECEIVED || event === LOST) && sent.has(message)) {
      rows.end[sent.get(message)] = i;
      rows.start[i] = sent.get(message);
      sent.delete(message);
    }
    if ((event === ENDED || (event === LOST && rows.detail[i] === rows.killed)) && begun.has(message)) {
      rows.over[begun.get(message)] = i;
      begun.delete(message);
    }
  }
  return rows;
}

export const nameOf = (rows, code) => rows.about.names[code]?.[0] ?? "";
export const spotOf = (rows, code) => rows.about.names[code]?.[1] ?? null;

// How many rows of the window have happened at moment t, those carried into it among them.
export function placeAt(rows, t) {
  let low = rows.about.carried, high = rows.own;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows.t[middle] <= t) low = middle + 1; else high = middle;
  }
  return low;
}

// How things stand as the window begins.
export function beginning(rows) {
  const { counts, lost, groups, open } = rows.about;
  return {
    place: 0, waiting: new Map(), working: new Map(), counts: [...counts], lost: { ...lost }, groups: { ...groups }, open: { ...open },
  };
}

// Go on until so many rows of the window have been. Going back is going on from the beginning.
export function advance(rows, state, place) {
  if (place < state.place) state = beginning(rows);
  const more = (numbers, code, by) => {
    const name = nameOf(rows, code);
    numbers[name] = (numbers[name] ?? 0) + by;
  };
  for (let i = state.place; i < place; i++) {
    const event = rows.event[i], message = rows.message[i];
    const counted = i >= rows.about.carried;
    if (counted) state.counts[event] += 1;
    if (event === SENT) state.waiting.set(message, i);
    else if (event === RECEIVED) state.waiting.delete(message);
    else if (event === BEGUN) state.working.set(message, i);
    else if (event === ENDED) state.working.delete(message);
    else if (event === LOST) {
      state.waiting.delete(message);
      more(state.lost, rows.detail[i], 1);
      if (rows.detail[i] === rows.killed) state.working.delete(message);
    } else if (event === JOINED || event === LEFT) more(state.groups, rows.detail[i], event === JOINED ? 1 : -1);
    else if (event === CONNECTED || event === DISCONNECTED) more(state.open, rows.component[i], event === CONNECTED ? 1 : -1);
  }
  state.place = place;
  return state;
}

const family = (channel) => channel.replace(/([!?]).*$/s, "$1*");

// A row as a sentence.
export function said(rows, i) {
  const who = nameOf(rows, rows.component[i]), detail = nameOf(rows, rows.detail[i]);
  const channel = nameOf(rows, rows.channel[i]);
  const queue = rows.plain.has(rows.channel[i]) ? "" : family(channel);
  const what = rows.request[i] ? `request ${rows.request[i]}` : `message ${rows.message[i]}`;
  const quoted = detail ? ` “${detail}”` : "";
  const words = {
    sent: () => (queue ? `${who} put ${what} on ${queue}` : `${who} sent${quoted} of ${what}`),
    received: () => (queue ? `${who} took ${what} from ${queue}` : `${who} received${quoted} of ${what}`),
    begun: () => `${who} began ${what}`,
    ended: () => `${who} ended ${what}`,
    lost: () => `${what} was lost at ${queue || who}: ${detail}`,
    connected: () => `${who} opened ${detail || channel}`,
    disconnected: () => `${who} closed ${detail || channel}`,
    joined: () => `${channel} joined the group ${detail}`,
    left: () => `${channel} left the group ${detail}`,
    fault: () => `${who}: ${detail}`,
  }[EVENTS[rows.event[i]]];
  return `${rows.t[i].toFixed(3)} s: ${words()}`;
}

// The point at that share of the length of a way, which is x and y of its corners in turn.
export function along(way, share) {
  let total = 0;
  for (let i = 2; i < way.length; i += 2) total += Math.hypot(way[i] - way[i - 2], way[i + 1] - way[i - 1]);
  let left = Math.min(1, Math.max(0, share)) * total;
  for (let i = 2; i < way.length; i += 2) {
    const dx = way[i] - way[i - 2], dy = way[i + 1] - way[i - 1], length = Math.hypot(dx, dy);
    if (left <= length && length > 0) return [way[i - 2] + (dx * left) / length, way[i - 1] + (dy * left) / length];
    left -= length;
  }
  return [way[way.length - 2], way[way.length - 1]];
}

// The spots that a message goes between: [start, end] on its way to where it waits, or from there.
const wayIn = (rows, i) => [spotOf(rows, rows.component[i]), rows.queue[i] ? rows.about.queues[rows.queue[i] - 1][0] : null];

// What is under way at moment t, as [row it was sent in, x, y]. On the network a message is where it is by then; a
// layer's hand is quicker than the eye, so to a queue and from it a dot glides for that many seconds of the run.
export function dots(rows, state, t, glide, most = 400) {
  const found = [];
  const route = (start, end) => rows.about.routes[`${start} ${end}`];
  for (const i of state.waiting.values()) {
    if (found.length >= most) return found;
    const [start, queue] = wayIn(rows, i);
    if (queue !== null) {
      const way = t - rows.t[i] < glide && route(start, queue);
      if (way) found.push([i, ...along(way, (t - rows.t[i]) / glide)]);
    } else if (rows.plain.has(rows.channel[i])) {
      const end = rows.end[i], way = end >= 0 && route(start, spotOf(rows, rows.component[end]));
      if (way) found.push([i, ...along(way, (t - rows.t[i]) / (rows.t[end] - rows.t[i] || 1))]);
    }
  }
  for (let i = state.place - 1; i >= rows.about.carried && t - rows.t[i] < glide; i--) {
    if (found.length >= most) return found;
    if (rows.event[i] !== RECEIVED || !rows.queue[i]) continue;
    const way = route(rows.about.queues[rows.queue[i] - 1][0], spotOf(rows, rows.component[i]));
    if (way) found.push([rows.start[i] >= 0 ? rows.start[i] : i, ...along(way, (t - rows.t[i]) / glide)]);
  }
  return found;
}

// What waits where: rows of the messages in each queue, by its number from 1 on, without those still gliding there.
export function queues(rows, state) {
  const found = rows.about.queues.map(() => []);
  for (const i of state.waiting.values()) if (rows.queue[i]) found[rows.queue[i] - 1].push(i);
  return found;
}

// Who works: rows that say so, by spot.
export function busy(rows, state) {
  const found = new Map();
  for (const i of state.working.values()) {
    const spot = spotOf(rows, rows.component[i]);
    if (spot === null) continue;
    if (!found.has(spot)) found.set(spot, []);
    found.get(spot).push(i);
  }
  return found;
}

// Losses of the last while, newest first.
export function losses(rows, state, t, while_) {
  const found = [];
  for (let i = state.place - 1; i >= rows.about.carried && t - rows.t[i] < while_; i--) if (rows.event[i] === LOST) found.push(i);
  return found;
}

// What is broken at moment t.
export const broken = (rows, t) => rows.about.faults.filter((each) => each.begun <= t && (t < each.ended || each.lasts));

// A message's life in words, as far as the window knows it.
export function life(rows, message) {
  const found = [];
  for (let i = 0; i < rows.count; i++) if (rows.message[i] === message) found.push(said(rows, i));
  return found;
}
