/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.1f7f551a5868.css"
