/** `npm run styles` writes this file. */
export const STYLESHEET = "/styles/site.6cabbef9cab3.css"
