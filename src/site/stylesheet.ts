/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.301c53c9cfdd.css"
