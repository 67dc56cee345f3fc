// #general: what was said, and a form to say more.
"use strict";

const log = document.getElementById("log");
let newest = "";

function show(lines) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  for (const each of lines) {
    if (each.ts <= newest) continue;
    newest = each.ts;
    const line = document.createElement("p");
    const who = document.createElement("b");
    who.textContent = each.user;
    line.append(who, ": ", each.text); // as text, whatever it looks like
    log.append(line);
  }
  if (atEnd) log.scrollTop = log.scrollHeight;
}

async function look() {
  try {
    show(await (await fetch("history.json")).json());
  } catch {
    // the server is gone, or will be back
  }
}

document.getElementById("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = document.getElementById("text");
  const body = new URLSearchParams({ user: document.getElementById("who").value, text: text.value });
  text.value = "";
  await fetch("say", { method: "POST", body });
  await look();
});

look();
setInterval(look, 1000);
