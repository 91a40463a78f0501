// What a view says while a domain is looked at for it.

/** Says it in a message; steps that are `counted` are for eyes alone, and what went `wrong` looks so. */
export function sayIn(message, text, how) {
  message.className = how === 'wrong' ? 'message wrong' : 'message';
  if (how === 'counted') message.setAttribute('aria-live', 'off');
  else message.removeAttribute('aria-live');
  message.textContent = text;
}
