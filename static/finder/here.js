/* The position of the user: asked of the browser, kept in this tab, told to the service only in the body of a POST. */

import { remember } from "./words.js";

const DECIMALS = 4; // about 10 metres: enough for minutes on foot

/** The position given earlier in this tab, or null. */
export function kept() {
  const found = remember("sessionStorage", "position");
  return found && Number.isFinite(found.lon) && Number.isFinite(found.lat) ? found : null;
}

/** Whether this browser can be asked at all. */
export const canAsk = () => window.isSecureContext && "geolocation" in navigator;

/** Ask; the promise fails with "refused" or "failed", the names of what is then said. */
export function ask() {
  return new Promise((given, failed) => {
    const told = ({ coords }) => {
      const position = { lon: Number(coords.longitude.toFixed(DECIMALS)), lat: Number(coords.latitude.toFixed(DECIMALS)) };
      remember("sessionStorage", "position", position);
      given(position);
    };
    const not = (error) => failed(new Error(error.code === error.PERMISSION_DENIED ? "refused" : "failed"));
    navigator.geolocation.getCurrentPosition(told, not, { timeout: 20000, maximumAge: 60000 });
  });
}
