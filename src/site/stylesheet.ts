/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.6e71598af035.css"
