// The only script of the service's own pages: it says which time zone this browser is in, once, by a cookie.
"use strict";
(() => {
  const page = document.querySelector("[data-own-zone]");
  let own = "";
  try {
    own = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  } catch {
    return; // times stay the schedule's, as the page says
  }
  const name = encodeURIComponent(own);
  if (!page || !own || page.dataset.ownZone === own || document.cookie.split("; ").includes(`zone=${name}`)) {
    return; // said already, or the service knows no such zone: asking again would never end
  }
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${name}; path=/; max-age=31536000; samesite=lax${secure}`;
  if (document.cookie.split("; ").includes(`zone=${name}`)) {
    location.reload();
  }
})();
