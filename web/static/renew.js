// Shows a page anew in place every few seconds: a reload takes focus, scroll and a screen reader's place away.
// What is made by the server is taken over as it is, parsed without running anything in it.
const PARTS = "[data-renewed]";

function isInUse() {
  const here = document.activeElement;
  return (here && here !== document.body && here.closest(PARTS)) || !getSelection().isCollapsed;
}

async function renew() {
  if (document.hidden || isInUse()) return;
  let answer;
  try {
    answer = await fetch(location.href, { cache: "no-store" });
  } catch {
    document.getElementById("renew-state").textContent = "连接中断，画面已停止更新";
    return;
  }
  if (answer.redirected) {
    location.reload();
    return;
  }
  if (!answer.ok || isInUse()) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll(PARTS);
  document.querySelectorAll(PARTS).forEach((part, place) => {
    if (fresh[place]) part.replaceChildren(...fresh[place].childNodes);
  });
  document.getElementById("renew-state").textContent = "";
}

setInterval(renew, Number(document.body.dataset.renewS) * 1000);
