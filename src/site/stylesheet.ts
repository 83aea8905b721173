/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.c589edbc9755.css"
