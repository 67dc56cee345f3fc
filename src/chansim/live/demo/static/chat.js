// The chat of slides 24 to 27: one WebSocket. What comes is shown as text; what is typed is sent as it is.
"use strict";

const log = document.getElementById("log");
const state = document.getElementById("state");
let socket = null;
let wait = 250;

// what came from Slack is an event, in JSON; what came from a browser is a line
function line(data) {
  try {
    const event = JSON.parse(data);
    if (event && event.client === "slack") return { who: `${event.user} (Slack)`, text: String(event.text) };
  } catch {
    // it is text
  }
  return { who: "", text: data };
}

function show(data) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const { who, text } = line(data);
  const entry = document.createElement("p");
  if (who) {
    const name = document.createElement("b");
    name.textContent = who;
    entry.append(name, ": ");
  }
  entry.append(text); // as text, whatever it looks like
  log.append(entry);
  while (log.childElementCount > 500) log.firstElementChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function connect() {
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/chat/`);
  socket.addEventListener("open", () => {
    wait = 250;
    state.textContent = "Connected.";
  });
  socket.addEventListener("message", (event) => {
    if (typeof event.data === "string") show(event.data);
  });
  socket.addEventListener("close", () => {
    state.textContent = "The connection is gone. Trying again …";
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 10000);
  });
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = document.getElementById("text");
  const who = document.getElementById("who").value.trim();
  if (!text.value.trim()) return;
  if (socket.readyState !== WebSocket.OPEN) {
    state.textContent = "Not sent: there is no connection yet.";
    return;
  }
  socket.send(who ? `${who}: ${text.value}` : text.value);
  text.value = "";
  text.focus();
});

connect();
