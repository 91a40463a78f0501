// What a print has that a screen folds away.

/** A print has everything that matters unfolded; `redraw` fills in what is then shown. */
export function unfoldForPrint(body, redraw = () => {}) {
  let opened = [];
  const unfold = () => {
    for (const details of body.querySelectorAll('.stages > li > details:not([open]), [data-print]:not([open])')) {
      details.open = true;
      opened.push(details);
    }
    redraw();
  };
  const fold = () => {
    for (const details of opened) details.open = false;
    opened = [];
  };
  // Browsers tell of a print in the one way before they lay it out, and of a preview in the other.
  window.addEventListener('beforeprint', unfold);
  window.addEventListener('afterprint', fold);
  matchMedia('print').addEventListener('change', ({ matches }) => (matches ? unfold() : fold()));
}
