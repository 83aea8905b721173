/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.ecfc14b763e0.css"
