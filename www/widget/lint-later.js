// What the element loads when somebody asks. A classic script has a module of its own in place of this, as it has no parts.
export const load = () => import('./lint-view.js');
