// The chart of a metric's recent values.

import { errorBox, get } from "../stewards/http.js";
import { draw } from "./chart.js";

const place = document.getElementById("recent");

async function show() {
  try {
    const answer = await get(place.dataset.url, {});
    if (!draw(place, answer, place.dataset.metric, [answer.time])) place.textContent = "There are no values yet.";
  } catch (error) {
    place.replaceChildren(errorBox(error));
  }
}

if (place) show();
