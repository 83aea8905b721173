/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.20c7745d07fc.css"
