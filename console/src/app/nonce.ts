// The nonce of this page's content policy, for the style elements that components make.

/** Stands in the page until the server puts a nonce in its place. */
const MARK = '__CSP_NONCE__';

const nonce = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';

/** Empty where the page came without one (the development server). */
export const styleNonce = nonce === MARK ? '' : nonce;

// `get-nonce`, by which the scroll lock of dialogs makes its style element, reads this global.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });
