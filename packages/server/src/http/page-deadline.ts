// How long the history may be looked through for one page of tasks; what was not looked at then, the page says (`unseen`).

/** Milliseconds. Nobody waits longer for a list; the store bounds within it what costs most. */
export const PAGE_WITHIN_MS = 1_000;
